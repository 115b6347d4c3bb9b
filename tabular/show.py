"""What a table holds, as plain rows of text."""

import numpy as np

from harness.core import Arch, Fidelity, Query, SearchSpace
from harness.errors import BadValue, Unmeasured, unknown
from harness.fidelities import full_fidelity
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
    """Pairs of a label and a text: the architecture's names, and its costs at the most thorough fidelity of each."""
    space = table.space
    twin = space.canonical(arch)
    rows: list[Row] = [
        ("architecture", space.encode(arch)),
        ("index", str(space.index(arch))),
        ("computes the same as", "itself" if twin == arch else f"{space.index(twin)}  {space.encode(twin)}"),
    ]
    for metric in table.metrics:
        if metric.split == "cost" and metric.name != "seconds":
            value = table.table(metric.name, full_fidelity(table, metric.name))[space.index(arch)]
            rows.append((metric.name, f"{value:,.7g} {metric.unit}"))
    return rows


def measurements(table: Table, arch: Arch) -> list[Row]:
    """A header, then one row per metric: what it is at the end of each schedule, mean and, in brackets, each seed's."""
    fidelities = [group[-1] for group in _schedules(table.fidelities)]
    answers = [_answers(table, arch, fidelity) for fidelity in fidelities]
    shown = [
        m for m in table.metrics if (m.split != "cost" or m.name == "seconds") and any(m.name in a for a in answers)
    ]
    cells = [(f"{m.name} ({m.unit})", *(_cell(m.name, answer, m.split == "cost") for answer in answers)) for m in shown]
    return [("at the end of", *map(in_words, fidelities)), *cells]


def curve(table: Table, arch: Arch, metric: str) -> list[Row]:
    """A header, then one row per fidelity that the metric is measured at: its mean, and the value of each seed."""
    seeds = sorted({seed for f in table.measured_fidelities(metric) for seed in table.measured_seeds(metric, f)})
    rows: list[Row] = [(metric, "mean", *(f"seed {seed}" for seed in seeds))]
    for fidelity in table.measured_fidelities(metric):
        answers = {seed: _answer(table, arch, fidelity, seed).get(metric) for seed in (None, *seeds)}
        if any(value is not None for value in answers.values()):
            rows.append((in_words(fidelity), *("" if v is None else f"{v:.6g}" for v in answers.values())))
    if len(rows) == 1:
        raise unknown(f"metric measured of this architecture in {table.name}", metric, [m.name for m in table.metrics])
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


def _answers(table: Table, arch: Arch, fidelity: Fidelity) -> dict[str, list[float]]:
    """The mean of each metric, and then the value of each seed that gave it."""
    found = {name: [mean] for name, mean in _answer(table, arch, fidelity, None).items()}
    for seed in table.seeds:
        for name, value in _answer(table, arch, fidelity, seed).items():
            if name in found and seed in table.measured_seeds(name, fidelity):
                found[name].append(value)
    return found


def _cell(name: str, answer: dict[str, list[float]], cost: bool) -> str:
    if name not in answer:
        return ""
    mean, *values = (f"{value:.2f}" for value in answer[name])
    return mean + (f" ({', '.join(values)})" if values and not cost else "")


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
    return [
        in_words(group[-1]) if len(group) == 1 else f"{in_words(group[-1])}; known after {len(group)} of them"
        for group in _schedules(fidelities)
    ]


def _schedules(fidelities: tuple[Fidelity, ...]) -> list[list[Fidelity]]:
    """The fidelities that differ in their epochs only, together."""
    groups: dict[tuple[float, ...], list[Fidelity]] = {}
    for fidelity in fidelities:
        groups.setdefault(fidelity[1:], []).append(fidelity)
    return list(groups.values())
