"""Algorithms by how much of the front they cover."""

from collections.abc import Iterable
from functools import partial

from harness.statistics.bootstrap import Interval
from reports.numbers import decimals, number, plus_minus
from reports.summary.fronts import Fronts
from reports.tables.search_table import NOT_WORSE, UNTESTED
from reports.tables.table import Column, Missing, Table, Value, explained
from reports.words import budget_text


def front_coverage_table(fronts: Fronts) -> Table:
    """One row per algorithm, the largest share of the hypervolume first."""
    names = " and ".join(one.name for one in fronts.objectives)
    place = f"on {fronts.study['benchmark']}, within {budget_text(fronts.study)}"
    table = Table(
        name=f"front_coverage_{fronts.study['study']}",
        caption=f"What searches find of the front of {names} {place}.",
        columns=_columns(fronts),
        rows=tuple(
            (r.algorithm, _percent(r.share), _known(r.igd_plus), _known(r.epsilon), r.size, r.runs) for r in fronts.rows
        ),
        notes=_notes(fronts),
        tied=NOT_WORSE,
    )
    return explained(table)


def _columns(fronts: Fronts) -> tuple[Column, ...]:
    """The share of the hypervolume marks who is not significantly worse than the first."""
    rows = fronts.rows
    tested = {} if fronts.underpowered else fronts.family.tested
    alike = {label for label, one in tested.items() if one.word != "loses to"}
    tied = frozenset(i for i, row in enumerate(rows) if row.algorithm in alike)
    share = _shown(_percent(row.share) for row in rows)
    return (
        Column("algorithm", "algorithm"),
        Column("hypervolume_share_percent", "hypervolume (%)", share, max, tied=tied),
        Column("igd_plus", "IGD+", _shown(row.igd_plus for row in rows), min),
        Column("additive_epsilon", "epsilon", _shown(row.epsilon for row in rows), min),
        Column("front_size", "front size", _shown(row.size for row in rows)),
        Column("runs", "runs", partial(number, digits=0)),
    )


def _known(distance: Interval) -> Value:
    return distance if distance.point == distance.point else Missing("a run ended without a front")


def _shown(intervals: Iterable[Interval]) -> partial[str]:
    return partial(plus_minus, digits=decimals(intervals))


def _percent(share: Interval) -> Interval:
    return Interval(*(100 * end for end in share))


def _notes(fronts: Fronts) -> tuple[str, ...]:
    target = "the exact front of the table" if fronts.exact else "the front of all that the study's runs evaluated"
    corner = ", ".join(
        f"{value:.4g}{f' {one.unit}' if one.unit else ''} {one.name}"
        for value, one in zip(fronts.reference, fronts.objectives, strict=True)
    )
    return (
        *((UNTESTED,) if fronts.underpowered else ()),
        f"Means over runs ± 95 % intervals, against {target} ({len(fronts.front)} points), up to the reference point "
        f"{corner}.",
        "A run's front is what no other architecture dominates by the losses that the search was told, at the highest "
        "fidelity it evaluated; it is judged by what it is worth. IGD+ and epsilon are in units of the front's extent, "
        "0 = all of it found.",
    )
