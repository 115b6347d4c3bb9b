"""All parts of the page: what compares several studies first, then study by study."""

from collections.abc import Callable, Iterator, Sequence

from reports.page.page import Section
from reports.sections.picture import Drawing
from reports.sections.proxies_section import proxies_section
from reports.sections.proxy_section import proxy_section
from reports.sections.search_section import search_section
from reports.sections.searches_section import searches_section
from reports.study import Study
from reports.summary.group import groups_of
from reports.summary.proxy import ProxySummary
from reports.summary.search import SearchSummary
from reports.words import study_titles


def all_sections(studies: Sequence[Study], drawing: Drawing, begin: Callable[[str], None]) -> Iterator[Section]:
    """The sections in their order; `begin` is told what comes next, study by study.

    Searches for several objectives are compared by their fronts, not by what they end with.
    """
    searches = [one.summary for one in studies if isinstance(one.summary, SearchSummary) and one.fronts is None]
    groups = groups_of(searches)
    compared = {}
    for group in groups:
        numbers = tuple(one.runs.study["study"] for one in group.searches)
        compared[numbers] = searches_section(group, "" if len(groups) == 1 else f"_{numbers[0]}", drawing)
    yield from (section for numbers, section in compared.items() if len(numbers) > 1)
    side_by_side = proxies_section([one.summary for one in studies if isinstance(one.summary, ProxySummary)])
    if side_by_side is not None:
        yield side_by_side
    for study, title in zip(studies, _titles(studies), strict=True):
        begin(study.title)
        if isinstance(study.summary, SearchSummary):
            alone = compared.get((study.part.study["study"],))
            section = search_section(study.summary, study.fronts, alone, drawing)
        else:
            section = proxy_section(study.summary, drawing)
        yield section._replace(title=title)


def _titles(studies: Sequence[Study]) -> list[str]:
    """What is done where, in words that tell the studies of one kind apart."""
    titles: dict[int, str] = {}
    for kind, verb in {"search": "Search", "proxy": "Proxies"}.items():
        same = [study.part.study for study in studies if study.part.study["kind"] == kind]
        names = study_titles(same)
        titles |= {one["study"]: f"{verb} on {name}" for one, name in zip(same, names, strict=True)}
    return [titles[study.part.study["study"]] for study in studies]
