"""Proxies and data sets: how each proxy ranks everywhere and what it costs, on one page."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial

from harness.statistics.bootstrap import Interval
from reports.numbers import decimals, duration, interval, listed, number
from reports.summary.ceiling import Ceiling
from reports.summary.proxy import ProxyRow, ProxySummary
from reports.summary.spread_costs import spread_note
from reports.tables.table import Column, Missing, Table, Value, explained, point
from reports.words import study_titles

NOT_SCORED = Missing("not scored on this data set")
UNDEFINED = Missing("no correlation: scores equal or missing")
NO_TOP = Missing("no correlation within the top: scores equal, or too few architectures")
NOT_EVERYWHERE = Missing("no mean, because there is no value on every data set")
NO_CEILING = Missing("the table does not hold the truth of two or more training seeds")


def proxies_table(summaries: Sequence[ProxySummary]) -> Table:
    """One row per proxy, the best mean tau-b over all data sets first; one column per proxy study, and means."""
    titles = study_titles([summary.study for summary in summaries])
    rows = [{row.proxy: row for row in summary.rows} for summary in summaries]
    labels = _order(rows)
    fields = [*_correlations(summaries, titles), *_means(summaries), *_costs(summaries)]
    return explained(
        Table(
            name="proxies",
            caption="Proxies on each data set: Kendall τ-b with the truth, and means over data sets.",
            columns=(Column("proxy", "proxy"), *(column for column, _ in fields)),
            rows=tuple((label, *(value([own.get(label) for own in rows]) for _, value in fields)) for label in labels),
            foot=_foot(summaries, [column.key for column, _ in fields]),
            notes=_notes(summaries, titles),
        )
    )


Field = tuple[Column, Callable[[Sequence[ProxyRow | None]], Value]]
"""A column, and its value from a proxy's row on each data set, None where it was not scored."""


def _order(rows: Sequence[dict[str, ProxyRow]]) -> list[str]:
    """By mean tau-b; proxies without one on every data set come last, in the order of the first that has them."""
    labels = dict.fromkeys(label for own in rows for label in own)
    means = {label: point(_mean([own.get(label) for own in rows], lambda row: row.kendall.point)) for label in labels}
    return sorted(labels, key=lambda label: -means[label] if means[label] == means[label] else float("inf"))


def _correlations(summaries: Sequence[ProxySummary], titles: list[str]) -> Iterable[Field]:
    for i, (summary, title) in enumerate(zip(summaries, titles, strict=True)):
        show = partial(_shown, digits=decimals(row.kendall for row in summary.rows))
        yield Column(f"kendall_tau_b_on_{title}", f"τ-b, {title}", show, max), partial(_own, i)


def _own(place: int, found: Sequence[ProxyRow | None]) -> Value:
    row = found[place]
    if row is None:
        return NOT_SCORED
    return row.kendall if row.kendall.point == row.kendall.point else UNDEFINED


def _means(summaries: Sequence[ProxySummary]) -> Iterable[Field]:
    """What is averaged over data sets; with one data set its tau-b is in the column before."""
    ks = {row.k for summary in summaries for row in summary.rows}
    top = f"τ-b in top {ks.pop()}" if len(ks) == 1 else "τ-b in top k"
    mean = "mean " if len(summaries) > 1 else ""
    two = partial(number, digits=2)
    if mean:
        digits = decimals(row.kendall for summary in summaries for row in summary.rows)
        column = Column("mean_kendall_tau_b", "mean τ-b", partial(number, digits=digits), max)
        yield column, lambda found: _mean(found, lambda row: row.kendall.point)
    yield (
        Column("mean_top_kendall_tau_b", f"{mean}{top}", two, max),
        lambda found: _mean(found, lambda row: row.top_kendall, NO_TOP),
    )
    yield (
        Column("mean_spearman", f"{mean}Spearman", two, max),
        lambda found: _mean(found, lambda row: row.spearman.point),
    )


def _mean(
    found: Sequence[ProxyRow | None], value: Callable[[ProxyRow], float], undefined: Missing = UNDEFINED
) -> Value:
    values = [float("nan") if row is None else value(row) for row in found]
    total = sum(values)
    if total == total and values:
        return total / len(values)
    return undefined if len(values) == 1 else NOT_EVERYWHERE


def _costs(summaries: Sequence[ProxySummary]) -> Iterable[Field]:
    """Seconds per architecture, simulated and measured apart; none where all proxies cost none."""
    rows = [row for summary in summaries for row in summary.rows]
    if any(row.simulated != 0 for row in rows):
        column = Column("simulated_seconds_per_architecture", "simulated / arch.", duration)
        yield column, lambda found: _seconds(row.simulated for row in found if row)
    if any(row.measured != 0 for row in rows):
        column = Column("measured_seconds_per_architecture", "measured / arch.", duration)
        yield column, lambda found: _seconds(row.measured for row in found if row)


def _seconds(values: Iterable[float]) -> Value:
    known = list(values)
    mean = sum(known) / len(known)
    return mean if mean == mean else Missing("the cost is not known")


def _shown(value: Interval | float, digits: int) -> str:
    """A correlation, or in the foot a count."""
    return interval(value, digits) if isinstance(value, Interval) else number(value, 0)


def _foot(summaries: Sequence[ProxySummary], keys: list[str]) -> tuple[tuple[Value, ...], ...]:
    """The noise ceiling, and how many architectures each data set's correlations rest on."""
    data_sets = len(summaries)
    ceilings = [summary.ceiling for summary in summaries]
    means: dict[str, Value] = {
        "mean_kendall_tau_b": _ceiling(ceilings, lambda one: one.kendall.point),
        "mean_spearman": _ceiling(ceilings, lambda one: one.spearman.point),
    }
    own = (one.kendall if one else NO_CEILING for one in ceilings)
    counts = (min((row.n for row in summary.rows), default=0) for summary in summaries)
    return (
        ("noise ceiling", *own, *(means.get(key, "") for key in keys[data_sets:])),
        ("architectures", *counts, *[""] * (len(keys) - data_sets)),
    )


def _ceiling(ceilings: Sequence[Ceiling | None], value: Callable[[Ceiling], float]) -> Value:
    values = [value(one) for one in ceilings if one]
    return sum(values) / len(values) if values and len(values) == len(ceilings) else NO_CEILING


def _notes(summaries: Sequence[ProxySummary], titles: list[str]) -> tuple[str, ...]:
    ks = {title: one.rows[0].k for one, title in zip(summaries, titles, strict=True) if one.rows}
    notes = [
        "Brackets are 95 % intervals that hold both the spread over seeds and the bootstrap over architectures. "
        f"Correlations are signed and with {_truths(summaries, titles)}.",
        "Seconds are means over the data sets that the proxy was scored on. Simulated: seconds of training read from "
        "the table. Measured: by the clock of the machine that ran the experiment.",
        "Noise ceiling: one training seed of the truth against another; the truth, a mean over seeds, is less noisy, "
        "so that a good proxy may lie above it. Architectures: the fewest of any correlation.",
    ]
    notes += [note] if (note := spread_note(summaries)) else []
    if len(summaries) > 1:
        notes.append("Proxies are ordered by their mean τ-b; those that lack a value on a data set come last.")
    if len(set(ks.values())) > 1:
        notes.append(f"k is {listed(f'{k} on {title}' for title, k in ks.items())}.")
    return tuple(notes)


def _truths(summaries: Sequence[ProxySummary], titles: list[str]) -> str:
    metrics = [str(summary.study["truth"]["metric"]) for summary in summaries]
    if len(set(metrics)) == 1:
        return metrics[0]
    return listed(f"{metric} on {title}" for metric, title in zip(metrics, titles, strict=True))
