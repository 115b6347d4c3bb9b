"""What depends on how many architectures a study scores: costs that are paid once and divided among them."""

from collections.abc import Sequence

from reports.summary.history import trained
from reports.summary.proxy import ProxySummary, learning_note


def spread_note(summaries: Sequence[ProxySummary]) -> str:
    """A sentence for predictors and one for supernets; empty where there are neither."""
    notes = (learning_note(row for one in summaries for row in one.rows), _training_note(summaries))
    return " ".join(note for note in notes if note)


def _training_note(summaries: Sequence[ProxySummary]) -> str:
    named = [(row, trained(summary)) for summary in summaries for row in summary.rows]
    scored = {row.n + row.dropped for row, labels in named if row.proxy in labels}
    if not scored:
        return ""
    number = f"the {scored.pop():,}" if len(scored) == 1 else "the number"
    return (
        f"A supernet's measured seconds are those of its training, divided by {number} it scores, and those of a "
        "score: with more to score it is cheaper."
    )
