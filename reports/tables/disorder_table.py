"""Whether the seeds of a supernet agree."""

from functools import partial

from reports.numbers import decimals, interval, number
from reports.summary.proxy import ProxySummary, less_noisy
from reports.summary.ranking import Disorder
from reports.tables.table import Column, Missing, Table, Value, explained
from reports.words import epochs_text

NO_CEILING = Missing("the table does not hold the truth of two or more training seeds")
EQUAL = Missing("all scores of a seed are equal")


def disorder_table(summary: ProxySummary, rows: list[Disorder]) -> Table:
    """One row per supernet, the best correlation first; below, how far the truth's own seeds agree."""
    show = partial(interval, digits=decimals(tau for row in rows for tau in (row.between, row.truth)))
    whole, ceiling = partial(number, digits=0), summary.ceiling
    best = max if len({row.n for row in rows}) == 1 else None
    columns = (
        Column("supernet", "supernet"),
        Column("kendall_tau_b_between_seeds", "τ-b between seeds", show, best),
        Column("kendall_tau_b_with_truth", "τ-b with the truth", show, best),
        Column("n", "n", whole),
        Column("seeds", "seeds", whole),
        Column("epoch", "epoch", whole),
    )
    foot: tuple[Value, ...] = ("noise ceiling", ceiling.kendall, "", ceiling.n, ceiling.seeds, "") if ceiling else ()
    above = f" Noise ceiling: one training seed of the truth against another; {less_noisy(summary)}." if ceiling else ""
    return explained(
        Table(
            name=f"disorder_{summary.study['study']}",
            caption=f"Do seeds of one supernet agree on {summary.study['benchmark']}?",
            columns=columns,
            rows=tuple(_values(row) for row in rows),
            foot=(foot,) if foot else (),
            notes=(
                "The Kendall τ-b of the scores that two seeds give to the same architectures when their training ends, "
                "each at its own last epoch that was looked at, mean over all pairs of seeds, with a 95 % bootstrap "
                "interval over architectures; and that of the scores with the truth on these architectures, mean over "
                f"seeds.{above}",
                "The n architectures are those watched in training, others than those of the table of proxies: "
                "values do not compare with its, nor where n differs.",
            ),
        )
    )


def _values(row: Disorder) -> tuple[Value, ...]:
    between: Value = row.between if row.between.point == row.between.point else EQUAL
    epoch: Value = row.latest if row.earliest == row.latest else epochs_text(row.earliest, row.latest)
    return (row.label, between, row.truth, row.n, row.seeds, epoch)
