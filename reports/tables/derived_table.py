"""What supernets would choose."""

from functools import partial

from reports.numbers import number
from reports.spaces import space_named
from reports.summary.derived import Chosen
from reports.summary.proxy import ProxySummary
from reports.tables.table import Column, Missing, Table, Value, explained
from reports.words import unit_of

NO_SKIPS = Missing("the space has no skip connections")
NO_TRUTH = Missing("the truth of this architecture is not known")


def derived_table(summary: ProxySummary, rows: list[Chosen]) -> Table:
    """One row per supernet and seed."""
    study, two, whole = summary.study, partial(number, digits=2), partial(number, digits=0)
    truth, among = study["truth"]["metric"], rows[0].among
    columns = (
        Column("supernet", "supernet"),
        Column("seed", "seed", whole),
        Column("epoch", "epoch", whole),
        Column("skip_share", "skips", two),
        Column("truth", f"{truth}{unit_of(study)}", two),
        Column("rank", f"rank among {among:,}", whole),
        Column("beats_share", "beats (%)", _percent),
        Column("regret", f"regret{unit_of(study)}", two),
        Column("architecture", "architecture", prose=True),
    )
    return explained(
        Table(
            name=f"derived_{study['study']}",
            caption=f"What supernets would choose on {study['benchmark']} when their training ends.",
            columns=columns,
            rows=tuple(_values(study["space"], row) for row in rows),
            notes=(
                "Skips: the share of the architecture's decisions that are skip connections. Rank, the share that it "
                f"beats, and regret are by truth among the {among:,} architectures that the study scored, of all "
                "seeds; a regret below 0 is better than the best of them.",
            ),
        )
    )


def _values(space: str, row: Chosen) -> tuple[Value, ...]:
    judged = (row.truth, row.rank, row.better, row.regret)
    known = judged if row.truth == row.truth else (NO_TRUTH,) * len(judged)
    return (row.label, row.seed, row.epoch, _or(row.skips, NO_SKIPS), *known, _text(space, row.arch))


def _or(value: float, missing: Missing) -> Value:
    return value if value == value else missing


def _text(space: str, arch: int) -> str:
    """The architecture in its space's notation, its official index where the space is not known here."""
    found = space_named(space)
    return f"no. {arch}" if found is None else found.encode(found.all()[arch])


def _percent(share: float) -> str:
    return number(100 * share, 1)
