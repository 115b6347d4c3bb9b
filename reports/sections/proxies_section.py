"""Proxies compared on several data sets, or against several measured costs."""

from collections.abc import Sequence

from reports.page.page import Section
from reports.sections.picture import known
from reports.summary.proxy import ProxySummary
from reports.tables.hardware_table import hardware_table
from reports.tables.proxies_table import proxies_table


def proxies_section(summaries: Sequence[ProxySummary]) -> Section | None:
    """The table of proxies by data sets and that of measured costs; None where neither has anything to compare."""
    qualities = [one for one in summaries if one.study["truth"].get("split") != "cost"]
    content = known([proxies_table(qualities) if len(qualities) > 1 else None, hardware_table(summaries)])
    if not content:
        return None
    return Section(title="Proxies side by side", sentences=[], content=content, protocol=[])
