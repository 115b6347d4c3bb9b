"""What became of each claim, in a sentence."""

from itertools import groupby

from reports.numbers import interval, listed
from reports.summary.claims import ClaimRow
from reports.words import statistic_name


def claim_sentences(rows: list[ClaimRow]) -> list[str]:
    """One sentence per claim and study, with the interval behind each verdict."""
    groups = groupby(rows, key=lambda row: (row.text, row.statistic, row.low, row.high, row.study))
    return [_sentence(list(group)) for _, group in groups]


def _sentence(rows: list[ClaimRow]) -> str:
    first, *more = rows
    claim = f"The claim “{first.text}”"
    if not more:
        return f"{claim} is {first.verdict} for {first.proxy} on {first.benchmark}: {_measured(first)}."
    verdicts = listed(f"{row.verdict} for {row.proxy} ({_measured(row)})" for row in rows)
    return f"{claim} on {first.benchmark} is {verdicts}."


def _measured(row: ClaimRow) -> str:
    why = f" ({row.why})" if row.why else ""
    return f"{statistic_name(row.statistic)} {interval(row.correlation)}{why}"
