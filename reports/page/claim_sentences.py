"""What became of each claim, in a sentence."""

from itertools import groupby

from reports.numbers import decimals, interval, listed
from reports.summary.claims import ClaimRow
from reports.words import statistic_name


def claim_sentences(rows: list[ClaimRow]) -> list[str]:
    """One sentence per claim and study, with the interval behind each verdict."""
    groups = groupby(rows, key=lambda row: (row.text, row.statistic, row.than, row.low, row.high, row.study))
    return [_sentence(list(group)) for _, group in groups]


def _sentence(rows: list[ClaimRow]) -> str:
    first, *more = rows
    claim, against = f"The claim “{first.text}”", f" against {first.than}" if first.than else ""
    if not more:
        return f"{claim} is {first.verdict} for {first.proxy}{against} on {first.benchmark}: {_measured(first)}."
    verdicts = listed(f"{row.verdict} for {row.proxy} ({_measured(row)})" for row in rows)
    return f"{claim}{against} on {first.benchmark} is {verdicts}."


def _measured(row: ClaimRow) -> str:
    """The number with its name and its interval, without one where there is none."""
    why = f" ({row.why})" if row.why else ""
    lead = "difference in " if row.kind == "lead" else ""
    digits = decimals([row.measured]) if row.kind == "watched" else 2
    return f"{lead}{statistic_name(row.statistic)} {interval(row.measured, digits)}{why}"
