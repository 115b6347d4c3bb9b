"""The proxies: how they rank, and what they cost."""

from functools import partial

from reports.numbers import decimals, duration, interval, number
from reports.summary.proxy import ProxyRow, ProxySummary
from reports.tables.table import Column, Table, Value
from reports.words import points


def proxy_table(summary: ProxySummary) -> Table:
    """One row per proxy, the best first, and the noise ceiling below."""
    rows, study = summary.rows, summary.study
    taus = [row.kendall for row in rows]
    correlation = partial(interval, digits=decimals(taus))
    ks = sorted({row.k for row in rows})
    k = "k" if len(ks) != 1 else str(ks[0])
    columns = (
        Column("proxy", "proxy"),
        Column("kendall_tau_b", "Kendall τ-b", correlation, max),
        Column("spearman", "Spearman", correlation, max),
        Column("top_kendall_tau_b", f"τ-b in top {k}", partial(number, digits=2), max),
        Column("precision_at_k", f"precision@{k}", partial(number, digits=2), max),
        Column("best_rank_at_k", f"best rank@{k}", partial(number, digits=1), min),
        Column("regret_at_k", f"regret@{k}{_unit(summary)}", partial(number, digits=2), min),
        Column("simulated_seconds_per_architecture", "simulated / arch.", duration),
        Column("measured_seconds_per_architecture", "measured / arch.", duration),
        Column("n", "n", partial(number, digits=0)),
        Column("dropped", "dropped", partial(number, digits=0)),
        Column("ties", "ties (%)", lambda share: number(100 * share, 1)),
        Column("seeds", "seeds", partial(number, digits=0)),
    )
    return Table(
        name=f"proxy_{study['study']}",
        caption=f"Proxies on {study['benchmark']}, against {study['truth']['metric']}.",
        columns=columns,
        rows=tuple(map(_values, rows)),
        foot=_foot(summary, len(columns)),
        notes=_notes(summary),
    )


def _values(row: ProxyRow) -> tuple[Value, ...]:
    statistics = (row.kendall, row.spearman, row.top_kendall, row.precision, row.best_rank, row.regret)
    return (row.proxy, *statistics, row.simulated, row.measured, row.n, row.dropped, row.ties, row.seeds)


def _foot(summary: ProxySummary, width: int) -> tuple[tuple[Value, ...], ...]:
    ceiling = summary.ceiling
    if ceiling is None:
        return ()
    row: list[Value] = ["noise ceiling", ceiling.kendall, ceiling.spearman, *[None] * (width - 3)]
    row[9], row[12] = ceiling.n, ceiling.seeds
    return (tuple(row),)


def _unit(summary: ProxySummary) -> str:
    unit = points(summary.study).strip()
    return f" ({unit})" if unit else ""


def _notes(summary: ProxySummary) -> tuple[str, ...]:
    notes = [
        "Each statistic is computed per seed and averaged over seeds; brackets are 95 % intervals that hold both the "
        "spread over seeds and the bootstrap over architectures.",
        "Correlations are signed. Simulated: seconds of training read from the table. Measured: by the clock.",
    ]
    if summary.ceiling is None:
        notes.append("The truth has one training seed, so its noise ceiling is unknown.")
    else:
        metric = summary.study.get("ceiling_metric", summary.study["truth"]["metric"])
        notes.append(f"Noise ceiling: one training seed's {metric} against another's, mean over pairs of seeds.")
    undefined = [row.proxy for row in summary.rows if row.seeds < _seeds(summary, row.proxy)]
    if undefined:
        notes.append(f"The correlation of {', '.join(undefined)} is undefined in some seeds: scores equal or missing.")
    return tuple(notes)


def _seeds(summary: ProxySummary, proxy: str) -> int:
    return int(summary.frame.loc[summary.frame["proxy"] == proxy, "seed"].nunique())
