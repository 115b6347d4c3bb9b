"""What each option does to a supernet."""

from functools import partial

from reports.leads import lead
from reports.numbers import decimals, duration, interval, number
from reports.summary.ablation import Variant
from reports.summary.pairs import LEAST
from reports.summary.proxy import ProxySummary
from reports.tables.table import Column, Missing, Table, Value, explained

REFERENCE = "reference"
UNDEFINED = Missing("no correlation: scores equal or missing")
NOT_PAIRED = Missing(f"no seed has {LEAST} architectures that both scored, or scores are equal")
NO_CLOCK = Missing("its seconds were not measured")


def ablation_table(summary: ProxySummary, rows: list[Variant]) -> Table:
    """One row per variant, below that which it is compared with."""
    study, whole = summary.study, partial(number, digits=0)
    columns = (
        Column("proxy", "supernet"),
        Column("option", "option"),
        Column("value", "value"),
        Column("kendall_tau_b", "τ-b", partial(interval, digits=decimals(one.row.kendall for one in rows))),
        Column("kendall_tau_b_difference", "difference in τ-b",
               partial(lead, digits=decimals(one.difference for one in rows))),
        Column("training_seconds", "training / seed", duration),
        Column("n", "n", whole),
        Column("seeds", "seeds", whole),
        Column("reference", "reference"),
    )  # fmt: skip
    return explained(
        Table(
            name=f"ablation_{study['study']}",
            caption=f"What options do to supernets on {study['benchmark']}.",
            columns=columns,
            rows=tuple(map(_values, rows)),
            notes=(
                "The reference is the variant that the experiment gives the fewest options, the first of several such; "
                "options that say what is watched, or where it is computed or kept, do not count. "
                "A difference is the Kendall τ-b of the variant less that of its reference, on the seeds, and in each "
                "the architectures, that both scored; its interval holds the spread over seeds and the bootstrap over "
                "architectures, and is not corrected for the number of variants. Training: measured seconds of one "
                "seed, mean over seeds.",
            ),
        )
    )


def _values(one: Variant) -> tuple[Value, ...]:
    itself = one.row.proxy == one.reference
    kendall: Value = one.row.kendall if one.row.kendall.point == one.row.kendall.point else UNDEFINED
    known: Value = one.difference if one.difference.point == one.difference.point else NOT_PAIRED
    seconds: Value = one.row.fitted if one.row.fitted == one.row.fitted else NO_CLOCK
    return (
        one.name,
        "" if itself else one.option,
        REFERENCE if itself else one.value,
        kendall,
        "" if itself else known,
        seconds,
        one.row.n if itself else one.n,
        one.row.seeds if itself else one.seeds,
        one.reference,
    )
