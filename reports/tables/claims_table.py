"""The claims of the literature and what became of them."""

import math
from functools import partial

from harness.statistics.bootstrap import Interval
from reports.numbers import decimals, interval, number
from reports.summary.claimed import LIVE
from reports.summary.claims import ENOUGH, ClaimRow
from reports.tables.table import Column, Table, Value
from reports.words import range_text, statistic_name


def claims_table(rows: list[ClaimRow]) -> Table:
    """One row per claim, study and proxy."""
    whole = partial(number, digits=0)
    columns = (
        Column("proxy", "proxy"),
        Column("verdict", "verdict"),
        Column("measured", "measured", _show),
        Column("claimed", "claimed"),
        Column("benchmark", "benchmark"),
        Column("statistic", "statistic"),
        Column("n", "n", whole),
        Column("seeds", "seeds", whole),
        Column("study", "study", whole),
        Column("claim", "claim", prose=True),
    )
    return Table(
        name="claims",
        caption="Claims, judged by what was measured.",
        columns=columns,
        rows=tuple(map(_values, rows)),
        notes=(_verdicts(rows), *_notes(rows)),
    )


def _show(value: Interval) -> str:
    """Rounded by its own uncertainty, for claims are about numbers of many kinds."""
    return interval(value, decimals([value]))


def _values(row: ClaimRow) -> tuple[Value, ...]:
    verdict = f"{row.verdict}: {row.why}" if row.why else row.verdict
    return (row.proxy, verdict, row.measured, _claimed(row), row.benchmark, _statistic(row), row.n, row.seeds,
            row.study, row.text)  # fmt: skip


def _claimed(row: ClaimRow) -> str:
    """The range in words; the ends that any correlation keeps to are none."""
    if row.kind != "correlation":
        return range_text(row.low, row.high, strict=row.kind == "lead")
    high = math.inf if row.high >= 1 else row.high
    return range_text(-math.inf if row.low <= -1 and high < math.inf else row.low, high)


def _statistic(row: ClaimRow) -> str:
    name = statistic_name(row.statistic)
    return f"{name}, less that of {row.than}" if row.kind == "lead" else name


def _verdicts(rows: list[ClaimRow]) -> str:
    few = f"there are fewer than {ENOUGH} architectures"
    trained = any(row.kind != "correlation" or _lacks_seeds(row) for row in rows)
    few += f", or fewer than {LIVE} seeds of what was trained" if trained else ""
    few += ", or what was watched is the same with all seeds" if any(row.kind == "watched" for row in rows) else ""
    return (
        "Supported: the 95 % interval lies in the claimed range. Refuted: it lies outside. Undecided: it holds an end "
        f"of the range. Underpowered: {few}. Undefined: there is no "
        f"{'number' if any(row.kind == 'watched' for row in rows) else 'correlation'}, or no interval."
    )


def _lacks_seeds(row: ClaimRow) -> bool:
    return row.verdict == "underpowered" and row.n is not None and row.n >= ENOUGH


def _notes(rows: list[ClaimRow]) -> list[str]:
    """What the numbers are that are no correlations."""
    found = []
    if any(row.kind == "lead" for row in rows):
        found.append(
            "A difference is paired: on the seeds, and in each the architectures, that both scored; its interval holds "
            "the spread over seeds and the bootstrap over architectures."
        )
    if any(row.kind == "watched" for row in rows):
        found.append(
            "What was watched of a supernet is that of its end, the mean over seeds with Student's t interval."
        )
    return found
