"""A study of the report, summed up."""

from typing import NamedTuple

from reports.parts import Part
from reports.summary.fronts import Fronts, fronts_of
from reports.summary.ledger import LedgerRow, proxy_ledger, search_ledger
from reports.summary.proxy import ProxySummary, summarize_proxies
from reports.summary.runs import runs_of
from reports.summary.search import SearchSummary, summarize_search


class Study(NamedTuple):
    """A study with its data and what it comes to; `fronts` of a search for several objectives."""

    part: Part
    summary: SearchSummary | ProxySummary
    fronts: Fronts | None = None

    @property
    def title(self) -> str:
        """What is done where."""
        return f"{self.part.study['kind']} on {self.part.study['benchmark']}"

    @property
    def ledger(self) -> list[LedgerRow]:
        """What its algorithms or proxies cost."""
        if isinstance(self.summary, SearchSummary):
            return search_ledger(self.summary, self.part.measured)
        return proxy_ledger(self.summary, self.part.measured)


def study_of(part: Part) -> Study:
    """The study of a part, whose records are read."""
    if part.study["kind"] == "proxy":
        return Study(part, summarize_proxies(part.study, part.scores, part.truth, part.measured, part.history))
    summary = summarize_search(runs_of(part.study, part.records))
    return Study(part, summary, fronts_of(part.study, part.records))
