"""What a table holds, as plain rows of text."""

import numpy as np

from harness.core import Arch, Fidelity, Query, SearchSpace
from harness.errors import BadValue, Unmeasured
from tabular.table import Table, in_words

Row = tuple[str, ...]


def describe(table: Table) -> list[Row]:
    """Pairs of a label and a text: what the table is, what it holds, and where it comes from."""
    rows: list[Row] = [
        ("benchmark", table.name),
        ("space", f"{table.space.name}, {table.space.size:,} architectures"),
        ("data set", table.dataset or "not one that nasgauge can train on"),
        ("seeds", ", ".join(map(str, table.seeds)) or "means only"),
    ]
    rows += [("fidelities", line) for line in _fidelity_lines(table.fidelities)]
    for metric in table.metrics:
        unit, better = metric.unit, "higher" if metric.maximize else "lower"
        rows.append((metric.name, f"{unit}, {better} is better, {metric.split}; {_extent(table, metric.name)}"))
    rows += list(table.provenance.items())
    return [*rows, ("fingerprint", table.fingerprint[:16])]


def describe_arch(table: Table, arch: Arch) -> list[Row]:
    """Pairs of a label and a text: the architecture's names and its costs at the full fidelity."""
    space = table.space
    twin = space.canonical(arch)
    rows: list[Row] = [
        ("architecture", space.encode(arch)),
        ("index", str(space.index(arch))),
        ("computes the same as", "itself" if twin == arch else f"{space.index(twin)}  {space.encode(twin)}"),
    ]
    for metric in table.metrics:
        if metric.split == "cost" and metric.name != "seconds":
            value = table.table(metric.name, table.fidelities[-1])[space.index(arch)]
            rows.append((metric.name, f"{value:,.7g} {metric.unit}"))
    return rows


def measurements(table: Table, arch: Arch) -> list[Row]:
    """A header, then one row per fidelity: mean and, in brackets, the values of each seed; blank where unmeasured."""
    shown = [m for m in table.metrics if m.split != "cost" or m.name == "seconds"]
    rows: list[Row] = [("fidelity", *(f"{metric.name} ({metric.unit})" for metric in shown))]
    for fidelity in table.fidelities:
        mean = _answer(table, arch, fidelity, None)
        seeds = [_answer(table, arch, fidelity, seed) for seed in table.seeds]
        rows.append((in_words(fidelity), *(_cell(m.name, mean, seeds, m.split == "cost") for m in shown)))
    return rows


def read_arch(space: SearchSpace, text: str) -> Arch:
    """The architecture with this official index, or written in this notation; `BadValue` says what is wrong."""
    if not text.strip().isdecimal():
        return space.decode(text)
    index = int(text)
    if index >= space.size:
        raise BadValue(f"{index} is no index of {space.name}: give 0 to {space.size - 1}")
    return space.all()[index]


def _answer(table: Table, arch: Arch, fidelity: Fidelity, seed: int | None) -> dict[str, float]:
    try:
        return dict(table.evaluate(Query(arch, fidelity), seed).metrics)
    except Unmeasured:
        return {}


def _cell(name: str, mean: dict[str, float], seeds: list[dict[str, float]], cost: bool) -> str:
    if name not in mean:
        return ""
    values = [] if cost else [f"{answer[name]:.2f}" for answer in seeds if name in answer]
    return f"{mean[name]:.2f}" + (f" ({', '.join(values)})" if values else "")


def _extent(table: Table, metric: str) -> str:
    """How many architectures have a value at the most thorough fidelity that the metric has, and its range."""
    for fidelity in reversed(table.fidelities):
        try:
            values = table.table(metric, fidelity)
        except Unmeasured:
            continue
        known = values[~np.isnan(values)]
        reach = f" from {known.min():,.7g} to {known.max():,.7g}" if len(known) else ""
        return f"{len(known):,} values at {in_words(fidelity)}{reach}"
    return "no values"


def _fidelity_lines(fidelities: tuple[Fidelity, ...]) -> list[str]:
    """One line per training schedule: its epochs, or their range."""
    groups: dict[tuple[float, ...], list[Fidelity]] = {}
    for fidelity in fidelities:
        groups.setdefault(fidelity[1:], []).append(fidelity)
    return [
        in_words(group[-1]) if len(group) == 1 else f"{in_words(group[-1])}; known after {len(group)} of them"
        for group in groups.values()
    ]
