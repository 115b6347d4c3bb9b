"""Learning curves: proxies that differ only in how many architectures they learned from."""

from typing import NamedTuple

from reports.summary.proxy import ProxyRow, ProxySummary
from reports.words import name_of

Key = tuple[str, tuple[tuple[str, object], ...]]


class LearningCurve(NamedTuple):
    """One predictor at two sizes of training set or more; its rows go from the fewest to the most architectures."""

    label: str
    rows: tuple[ProxyRow, ...]


def learning_curves(summary: ProxySummary) -> list[LearningCurve]:
    """The study's curves, the best at its largest size first."""
    groups: dict[Key, dict[int, ProxyRow]] = {}
    for row in summary.rows:
        if row.trained:
            groups.setdefault(_key(summary, row), {}).setdefault(row.trained, row)
    curves = {key: tuple(rows[size] for size in sorted(rows)) for key, rows in groups.items() if len(rows) > 1}
    names = [name for name, _ in curves]
    labelled = [LearningCurve(_label(key, names.count(key[0]) > 1), rows) for key, rows in curves.items()]
    return sorted(labelled, key=lambda curve: (curve.rows[-1].kendall.point != curve.rows[-1].kendall.point,
                                               -curve.rows[-1].kendall.point))  # fmt: skip


def featured(summary: ProxySummary) -> list[ProxyRow]:
    """The rows, best first, with each learning curve's largest size alone for it."""
    smaller = {row.proxy for curve in learning_curves(summary) for row in curve.rows[:-1]}
    return [row for row in summary.rows if row.proxy not in smaller]


def _key(summary: ProxySummary, row: ProxyRow) -> Key:
    """The name and all options but the size."""
    options = summary.study.get("hyper", {}).get(row.proxy, {})
    name = name_of(summary.study, row.proxy)
    return str(summary.study.get("titles", {}).get(name, name)), tuple(
        sorted((key, value) for key, value in options.items() if key != "train")
    )


def _label(key: Key, full: bool) -> str:
    """The name, with the options where another curve has the same name."""
    name, options = key
    return f"{name}({', '.join(f'{key}={value}' for key, value in options)})" if full and options else name
