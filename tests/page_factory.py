"""A document with everything that a page can hold, and names that try to break out of it."""

from functools import cache, partial
from typing import Any

from reports_factory import ENVIRONMENT, fabricate

from harness.statistics.bootstrap import Interval
from reports.figures.hover import Line, Scale, hover_lines
from reports.figures.style import BLUE, INK, Stroke
from reports.numbers import interval, number
from reports.page.explorer import explorer_of
from reports.page.page import Claims, Document, Picture, Section
from reports.summary.proxy import ProxySummary, summarize_proxies
from reports.tables.table import Column, Table

HOSTILE = "</script><script>alert('x')</script><b>&amp;\"it's\" \u2028"
PROXIES = ("reduced_epochs", "synflow", HOSTILE)
RANKING = {"hyperband": (0.31, 3), "random_search": (1.2, 1), "asha": (0.4, 20), "bohb": (None, 7),
           "dehb": (0.4, None), "rea": (-0.5, 4), HOSTILE: (10.0, 100)}  # fmt: skip
"""Regret and runs by algorithm, in the order of the table."""

EXPERIMENT = {
    "name": "page", "search": [], "claim": [],
    "proxy": [{"benchmark": [{"name": "digits201"}],
               "proxy": [{"name": "params"}, {"name": "column", "label": HOSTILE}],
               "architectures": 60, "truth": {"metric": "test_accuracy", "fidelity": "full"}}],
}  # fmt: skip


@cache
def summary() -> ProxySummary:
    """Forty architectures, three proxies, two seeds."""
    results = fabricate(algorithms=(), proxies=PROXIES, architectures=40)
    return summarize_proxies(results.manifest["studies"][0], results.scores, results.truth, results.measured)


def ranking() -> Table:
    """A table that is long enough to be filtered, with missing numbers, ties and a foot."""
    columns = (
        Column("algorithm", "algorithm"),
        Column("regret", "final regret (%)", partial(interval, digits=1), min),
        Column("runs", "runs", partial(number, digits=0), max),
        Column("why", "why", prose=True),
    )
    rows = tuple(
        (name, None if regret is None else Interval(regret, regret - 0.1, regret + 0.1), runs, f"because {place}")
        for place, (name, (regret, runs)) in enumerate(RANKING.items())
    )
    foot = (("noise", Interval(0.1, 0.0, 0.2), 5, ""),)
    return Table("ranking", f"Ranking of {HOSTILE}", columns, rows, foot, ("A note.",))


def picture(name: str, *, hover: bool = False, width: int = 300) -> Picture:
    """A diagonal; with `hover`, its two ends answer to a mouse."""
    svg = (
        f'<svg viewBox="0 0 {width} 200" role="img" aria-label="the figure {name}">'
        f'<path d="M0 200L{width} 0" stroke="var(--ink)"/></svg>'
    )
    lines = [
        Line("straight", [1.0, 2.0, 3.0], [1.0, 2.0, 3.0], Stroke(BLUE, "-", "o"), [0.5, 1.5, 2.5], [1.5, 2.5, 3.5]),
        Line(HOSTILE, [1.0, 2.0, 3.0], [3.0, 2.5, 1.0], Stroke(INK, "-", "o"), text=[HOSTILE] * 3, mode="markers"),
    ]
    spec = hover_lines(lines, Scale("time (s)", log=True), Scale("regret")) if hover else None
    return Picture(name, f"What {name} shows.", (svg,), hover=spec)


def manifest(name: str = "page") -> dict[str, Any]:
    """A results folder's, with every key that the page reads."""
    study = {
        "study": 0, "kind": "search", "benchmark": "digits201", "source": {"name": "digits201", "width": 8},
        "fingerprint": "ab" * 32, "seeds": 100, "first_seed": 7, "workers": 4, "trial": "one",
        "budget": {"seconds": 60.0, "continuation": "resume"}, "objectives": ["valid_accuracy", "latency"],
        "algorithms": ["a", "b"], "test": "test_accuracy", "provenance": {"made by": HOSTILE, "sha256": "cd" * 32},
    }  # fmt: skip
    proxy = {"study": 1, "kind": "proxy", "benchmark": "digits201", "source": {"name": "digits201", "width": 8},
             "fingerprint": "ab" * 32, "provenance": study["provenance"], "seeds": 1, "first_seed": 0,
             "proxies": ["params"], "architectures": 60, "truth": {"metric": "test_accuracy"}}  # fmt: skip
    return {"format": 1, "name": name, "version": "0.1.0", "experiment": EXPERIMENT | {"name": name},
            "environment": ENVIRONMENT, "left_out": [f"nb101: {HOSTILE}"], "studies": [study, proxy]}  # fmt: skip


def document(*, hover: bool = True) -> Document:
    """Three sections, one without a word to say, claims, a ledger, and two results folders."""
    first = Section(
        "Search", [f"On {HOSTILE}, a is best: 1 ± 2, τ-b 3."],
        (picture("anytime_0", hover=hover), picture("ranks_0", hover=hover), ranking(), picture("wide_0", width=500)),
        [("Budget", "60 s")],
    )  # fmt: skip
    small = Picture("scatter_0", "Panels.", picture("panel").svgs * 2, small=True)
    second = Section("Proxies", ["b is best."], (picture("cost_0"), small, ranking()._replace(name="two")), [],
                     explorer_of(summary()))  # fmt: skip
    claims = Claims(["A claim is supported."], ranking()._replace(name="claims", rows=ranking().rows[:2]))
    together = Section("Side by side", [], (), [])
    manifests = [manifest(), manifest("other")]
    numbers = {(place, own): 2 * place + own for place in range(2) for own in range(2)}
    return Document(
        f"page {HOSTILE}", manifests, numbers, [f"Note: {HOSTILE}"], [together, first, second], claims, ranking()
    )
