"""The proxies: how they rank, and what they cost."""

from collections.abc import Callable, Iterator
from functools import partial

from reports.numbers import counted, decimals, duration, interval, number
from reports.summary.over_seeds import LEAST
from reports.summary.proxy import TOP_LEAST, ProxyRow, ProxySummary, less_noisy
from reports.summary.spread_costs import spread_note
from reports.tables.table import Column, Missing, Table, Value, explained, point
from reports.words import points

Field = tuple[Column, Callable[[ProxyRow], Value]]


def proxy_table(summary: ProxySummary) -> Table:
    """One row per proxy, the best first, and the noise ceiling below."""
    study, fields = summary.study, [*_ranking(summary), *_cost()]
    return explained(
        Table(
            name=f"proxy_{study['study']}",
            caption=f"Proxies on {study['benchmark']}, against {study['truth']['metric']}.",
            columns=tuple(column for column, _ in fields),
            rows=tuple(tuple(_known(column.key, value(row)) for column, value in fields) for row in summary.rows),
            foot=_foot(summary, [column.key for column, _ in fields]),
            notes=_notes(summary),
        )
    )


def _known(key: str, value: Value) -> Value:
    """The value, or why a proxy has none in this column."""
    if isinstance(value, str) or point(value) == point(value):
        return value
    if "seconds" in key:
        return Missing("the cost is not known")
    if key == "kendall_tau_b_given_params":
        return Missing("params are unknown, or scores are equal, missing or ordered like them")
    return Missing("undefined: scores equal or missing, or too few architectures")


def _ranking(summary: ProxySummary) -> Iterator[Field]:
    """How far the scores can be trusted."""
    correlation = partial(interval, digits=decimals(row.kendall for row in summary.rows))
    k = str(summary.rows[0].k) if summary.rows else "k"
    two, one = partial(number, digits=2), partial(number, digits=1)
    yield Column("proxy", "proxy"), lambda row: row.proxy
    yield Column("kendall_tau_b", "Kendall τ-b", correlation, max), lambda row: row.kendall
    yield Column("spearman", "Spearman", correlation, max), lambda row: row.spearman
    yield Column("top_kendall_tau_b", f"τ-b in top {k}", two, max), lambda row: row.top_kendall
    yield Column("weighted_kendall_tau", "weighted τ", correlation, max), lambda row: row.weighted
    yield Column("kendall_tau_b_given_params", "τ-b given params", two, max), lambda row: row.given_params
    yield Column("precision_at_k", f"precision@{k}", two, max), lambda row: row.precision
    yield Column("best_rank_at_k", f"best rank@{k}", one, min), lambda row: row.best_rank
    yield Column("regret_at_k", f"regret@{k}{_unit(summary)}", two, min), lambda row: row.regret


def _cost() -> Iterator[Field]:
    """What a score costs, and how many there were."""
    whole = partial(number, digits=0)
    yield Column("simulated_seconds_per_architecture", "simulated / arch.", duration), lambda row: row.simulated
    yield Column("measured_seconds_per_architecture", "measured / arch.", duration), lambda row: row.measured
    yield Column("n", "n", whole), lambda row: row.n
    yield Column("dropped", "dropped", whole), lambda row: row.dropped
    yield Column("ties", "ties (%)", lambda share: number(100 * share, 1)), lambda row: row.ties
    yield Column("seeds", "seeds", whole), lambda row: row.seeds


def _foot(summary: ProxySummary, keys: list[str]) -> tuple[tuple[Value, ...], ...]:
    ceiling = summary.ceiling
    if ceiling is None:
        return ()
    row: dict[str, Value] = {
        "proxy": "noise ceiling",
        "kendall_tau_b": ceiling.kendall,
        "spearman": ceiling.spearman,
        "n": ceiling.n,
    }
    return (tuple(row.get(key, "") for key in keys),)


def _unit(summary: ProxySummary) -> str:
    unit = points(summary.study).strip()
    return f" ({unit})" if unit else ""


def _notes(summary: ProxySummary) -> tuple[str, ...]:
    notes = [
        "Each statistic is computed per seed and averaged over seeds; brackets are 95 % intervals that hold both the "
        f"spread over seeds and the bootstrap over architectures, at least {LEAST} resamples per seed. The top is the "
        f"best tenth of the architectures by truth, at least {TOP_LEAST}.",
        "Correlations are signed. Weighted: disagreements near the top count most. Given params: partial correlation, "
        "what the score knows beyond size. Simulated: seconds of training read from the table. Measured: by the clock.",
    ]
    notes.append(_ceiling(summary))
    notes += [note] if (note := spread_note([summary])) else []
    for where, undefined in _undefined(summary).items():
        if undefined:
            names = ", ".join(undefined)
            notes.append(f"The correlation of {names} is undefined in {where} seeds: scores equal or missing.")
    return tuple(notes)


def _ceiling(summary: ProxySummary) -> str:
    if summary.ceiling is None:
        return "The table does not hold the truth of two or more training seeds, so its noise ceiling is unknown."
    metric = summary.study.get("ceiling_metric", summary.study["truth"]["metric"])
    pairs = f"mean over pairs of {counted(summary.ceiling.seeds, 'training')}"
    return f"Noise ceiling: one training's {metric} against another's, {pairs}; {less_noisy(summary)}."


def _undefined(summary: ProxySummary) -> dict[str, list[str]]:
    """The proxies whose correlation is undefined, by how often it is."""
    never = [row.proxy for row in summary.rows if row.seeds == 0]
    at_times = [row.proxy for row in summary.rows if 0 < row.seeds < _seeds(summary, row.proxy)]
    return {"all": never, "some": at_times}


def _seeds(summary: ProxySummary, proxy: str) -> int:
    return int(summary.frame.loc[summary.frame["proxy"] == proxy, "seed"].nunique())
