"""The page in a browser: with the network cut, by mouse and by keyboard, narrow and wide, light and dark, on paper."""

import shutil
from collections.abc import Iterator
from functools import partial
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from page_factory import HOSTILE, RANKING, document, picture

from reports.diagram import diagram_of
from reports.figures.hover import Line, Scale, hover_lines, hover_matrix
from reports.figures.style import BLUE, Stroke
from reports.page.explorer import explorer_of
from reports.page.page import Picture, render
from reports.page.shown import LONG
from reports.tables.table import Column, Missing, Table

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on the PATH"),
]
with_plotly = pytest.mark.skipif(find_spec("plotly") is None, reason="plotly is not installed")

NAMES = list(RANKING)
PATIENCE = 30_000
"""Milliseconds that a busy machine may take until the page looks as it should."""
DARK, LIGHT = "rgb(21, 24, 27)", "rgb(255, 255, 255)"
AA, LARGE = 4.5, 3.0
"""Least contrast of text, and of what is large or no text (WCAG 2.2, 1.4.3 and 1.4.11)."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "index.html"
    path.write_text(render(document()), encoding="utf-8", newline="\n")
    return path


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("plain") / "index.html"
    path.write_text(render(document(hover=False)), encoding="utf-8", newline="\n")
    return path


class Opened:
    """Opens pages, and fails the test when one complains, or asks anybody for anything."""

    def __init__(self, browser: Any) -> None:
        self.browser, self.wrong, self.contexts = browser, [], []

    def __call__(self, file: Path, width: int = 1440, **options: Any) -> Any:
        context = self.browser.new_context(viewport={"width": width, "height": 900}, reduced_motion="reduce", **options)
        self.contexts.append(context)
        context.set_offline(True)
        own = file.as_uri()
        context.on("request", lambda request: request.url.split("#")[0] != own and self.wrong.append(request.url))
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on("console", lambda message: self.wrong.append(message.text))
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on("dialog", lambda dialog: self.wrong.append(dialog.message))
        page.goto(own)
        return page


@pytest.fixture
def opened(browser: Any) -> Iterator[Opened]:
    opened = Opened(browser)
    yield opened
    for context in opened.contexts:
        context.close()
    assert opened.wrong == []


def column(page: Any, number: int = 1) -> list[str]:
    rows = page.locator("table.sortable").first.locator(f"tbody tr:visible > :nth-child({number})")
    return list(rows.all_text_contents())


def header(page: Any, name: str) -> Any:
    return page.locator("table.sortable").first.locator("thead button", has_text=name)


def order(*places: int) -> list[str]:
    return [NAMES[place] for place in places]


def test_it_opens_with_the_network_cut(opened: Opened, file: Path) -> None:
    page = opened(file)
    assert page.title() == f"page {HOSTILE} · nasgauge"
    assert page.locator("h1").text_content() == f"page {HOSTILE}"
    page.mouse.wheel(0, 20000)
    page.wait_for_timeout(200)


def test_a_request_would_be_noticed_and_blocked(browser: Any, plain: Path) -> None:
    opened = Opened(browser)
    page = opened(plain)
    blocked = page.evaluate("fetch('data:text/plain,x').then(() => 'fetched', () => 'blocked')")
    assert blocked == "blocked"
    assert "Content Security Policy" in opened.wrong[0]
    ran = page.evaluate(
        "() => { const s = document.createElement('script'); s.textContent = 'window.ran = 1'; document.body.append(s);"
        " return window.ran === 1; }"
    )
    assert ran is False
    opened.contexts[0].close()


def test_a_header_sorts_back_and_forth_and_a_third_click_restores(opened: Opened, plain: Path) -> None:
    page = opened(plain)
    heads = page.locator("table.sortable").first.locator("thead th")
    regret = header(page, "final regret")
    up = order(5, 0, 2, 4, 1, 6, 3)
    for expected, way in ((up, "ascending"), (order(6, 1, 2, 4, 0, 5, 3), "descending"), (NAMES, "none")):
        regret.click()
        assert column(page) == expected
        assert [head.get_attribute("aria-sort") for head in heads.all()] == ["none", way, "none", "none"]
        assert page.locator("#said").text_content() in (f"sorted by final regret (%), {way}", "original order")
    assert page.locator("tfoot").first.text_content().strip().startswith("noise")


def test_a_column_whose_best_is_high_begins_with_it(opened: Opened, plain: Path) -> None:
    page = opened(plain)
    header(page, "runs").click()
    assert column(page, 3) == ["100", "20", "7", "4", "3", "1", "–"]
    header(page, "algorithm").click()
    assert column(page)[1:3] == ["asha", "bohb"]
    heads = page.locator("table.sortable").first.locator("thead th")
    assert heads.nth(2).get_attribute("aria-sort") == "none"


def with_first(*content: Table | Picture) -> str:
    whole = document(hover=False)
    return render(whole._replace(sections=[whole.sections[1]._replace(content=content)]))


def test_missing_cells_with_a_footnote_are_last_both_ways(opened: Opened, tmp_path: Path) -> None:
    columns = (Column("name", "name"), Column("size", "size", str, max), Column("note", "note", prose=True))
    rows = (("a", Missing("no room"), "–"), ("b", 2, "z"), ("c", None, "y"), ("d", 3, ""), ("e", 1, "x"))
    (tmp_path / "page.html").write_text(with_first(Table("t", "T", columns, rows)), encoding="utf-8")
    page = opened(tmp_path / "page.html")
    for name, first, second in (("size", "dbeac", "ebdac"), ("note", "ecbad", "bcead")):
        for expected in (first, second):
            header(page, name).click()
            assert "".join(column(page)) == expected


def test_the_filter_shows_the_rows_that_match(opened: Opened, plain: Path) -> None:
    page = opened(plain)
    look = page.get_by_role("searchbox").first
    look.fill("HYPER")
    assert column(page) == ["hyperband"]
    assert page.locator("#said").text_content() == f"1 of {len(NAMES)} rows"
    look.fill("because 4 dehb")
    assert column(page) == ["dehb"]
    look.fill("nothing of the kind")
    assert column(page) == []
    assert page.locator("tfoot").first.is_visible()
    look.fill("")
    header(page, "final regret").click()
    look.fill("a")
    assert column(page)[0] == "rea"
    assert page.locator("table.sortable").count() == 4
    assert page.locator(".look").count() == 3
    assert len(NAMES) > LONG


def test_the_keyboard_sorts(opened: Opened, plain: Path) -> None:
    page = opened(plain)
    header(page, "algorithm").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent").startswith("final regret")
    page.keyboard.press("Enter")
    assert column(page) == order(5, 0, 2, 4, 1, 6, 3)
    page.keyboard.press("Space")
    assert column(page)[0] == HOSTILE


def test_the_first_stop_leads_to_the_content(opened: Opened, plain: Path) -> None:
    page = opened(plain)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.locator(".skip").bounding_box()["y"] >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"


# --- figures


def over(page: Any, figure: Any, across: float, down: float) -> None:
    """Move the mouse onto a figure, wait until it answers, and go to a place in it."""
    figure.scroll_into_view_if_needed()
    box = figure.locator(".drawn, .live").first.bounding_box()
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=3)
    figure.locator(".nsewdrag").wait_for()
    box = figure.locator(".nsewdrag").bounding_box()
    page.mouse.move(box["x"] + across * box["width"], box["y"] + down * box["height"], steps=3)


@with_plotly
def test_a_figure_answers_to_a_mouse_and_is_as_drawn_when_it_leaves(opened: Opened, file: Path) -> None:
    page = opened(file)
    figure = page.locator("figure[data-hover]").first
    assert figure.locator(".drawn").is_visible()
    over(page, figure, 0.64, 0.5)
    assert not figure.locator(".drawn").is_visible()
    figure.locator(".hovertext").first.wait_for()
    assert figure.locator(".hoverlayer").text_content() == "straighttime (s): 2regret: 2 [1.5, 2.5]"
    page.mouse.move(2, 2)
    figure.locator(".drawn").wait_for()
    assert not figure.locator(".live").is_visible()
    assert page.locator("figure[data-hover]").count() == 2


@with_plotly
def test_a_button_keeps_a_figure_lively_and_it_follows_the_theme(opened: Opened, file: Path) -> None:
    page = opened(file)
    figure = page.locator("figure[data-hover]").first
    button = figure.get_by_role("button", name="Explore: the figure anytime_0")
    button.press("Enter")
    assert button.get_attribute("aria-pressed") == "true"
    line = figure.locator(".scatterlayer .trace .js-line").last
    before = line.evaluate("one => getComputedStyle(one).stroke")
    for _ in range(2):
        page.locator("#theme").click()
    page.wait_for_timeout(200)
    assert line.evaluate("one => getComputedStyle(one).stroke") != before
    assert figure.locator(".live").is_visible()
    button.press("Enter")
    assert figure.locator(".drawn").is_visible()
    assert not figure.locator(".live").is_visible()


@with_plotly
def test_a_dollar_sign_is_no_formula(opened: Opened, tmp_path: Path) -> None:
    line = Line("$a$ and $b$", [1.0, 2.0], [1.0, 2.0], Stroke(BLUE, "-", "o"))
    spec = hover_lines([line, line._replace(name="$c$")], Scale("cost ($)"), Scale("$x$"))
    html = with_first(picture("cost")._replace(hover=spec))
    (tmp_path / "page.html").write_text(html, encoding="utf-8")
    page = opened(tmp_path / "page.html")
    page.get_by_role("button", name="Explore").click()
    figure = page.locator("figure")
    assert figure.locator(".legendtext").all_text_contents() == ["$a$ and $b$", "$c$"]
    assert figure.locator(".xtitle, .ytitle").all_text_contents() == ["cost ($)", "$x$"]


@with_plotly
def test_a_name_is_no_markup_of_plotlys(opened: Opened, tmp_path: Path) -> None:
    name = "<a href='https://example.org' popup='\");alert(1);(\"'>x</a> <b>%{x}</b> &lt;"
    line = Line(name, [1.0, 2.0], [1.0, 2.0], Stroke(BLUE, "-", "o"))
    spec = hover_lines([line, line._replace(name="constructor")], Scale(name), Scale(""))
    matrix = hover_matrix([[1.0]], [name], [name], low=0, high=1)
    for number, hover in enumerate((spec, matrix)):
        (tmp_path / f"{number}.html").write_text(with_first(picture("cost")._replace(hover=hover)), encoding="utf-8")
        page = opened(tmp_path / f"{number}.html")
        page.get_by_role("button", name="Explore").click()
        figure = page.locator("figure .live")
        figure.locator(".xtick text").first.wait_for()
        assert figure.locator("a[href], svg a, svg b").count() == 0
        if hover is spec:
            assert figure.locator(".legendtext").all_text_contents() == [name, "constructor"]
            assert figure.locator(".xtitle").all_text_contents() == [name]
        else:
            assert figure.locator(".xtick text").all_text_contents() == [name]
            assert figure.locator(".ytick text").all_text_contents() == [name]


def test_without_plotly_the_drawings_stay(opened: Opened, plain: Path) -> None:
    page = opened(plain)
    assert page.locator("figure.alive").count() == 0
    assert page.locator("figure svg").first.is_visible()
    page.mouse.move(400, 700)
    assert page.locator(".hovertext").count() == 0
    header(page, "final regret").click()
    assert column(page) == order(5, 0, 2, 4, 1, 6, 3)


def test_without_scripts_everything_but_the_explorer_is_there(opened: Opened, plain: Path) -> None:
    page = opened(plain, java_script_enabled=False)
    assert page.locator("figure svg").first.is_visible()
    assert page.locator("table.sortable tbody tr").count() == 3 * len(NAMES) + 2
    assert not page.locator(".explorer").is_visible()
    assert page.locator("button:visible").count() == 0


# --- the explorer


@pytest.fixture
def explorer(opened: Opened, plain: Path) -> Any:
    page = opened(plain)
    page.locator(".explorer").scroll_into_view_if_needed()
    return page


def data() -> dict[str, Any]:
    section = document(hover=False).sections[2]
    assert section.explorer is not None
    return dict(section.explorer)


def chosen(page: Any) -> int:
    return int(page.locator(".architecture h4").text_content().removeprefix("Architecture "))


def by_truth() -> list[int]:
    ranks = data()["truth_ranks"][0]
    return sorted(range(40), key=lambda place: ranks[place])


def test_the_best_architecture_is_shown_at_first(explorer: Any) -> None:
    assert chosen(explorer) == by_truth()[0]
    assert explorer.locator(".plane .dot").count() == 40


def test_a_click_on_a_point_draws_its_cell_with_all_its_numbers(explorer: Any) -> None:
    place, known = by_truth()[20], data()
    rank = known["proxies"][0]["ranks"][place]
    points = sorted(zip(known["truth_ranks"][0], known["proxies"][0]["ranks"], range(40), strict=True))
    dot = explorer.locator(".plane .dot").nth([one[2] for one in points].index(place))
    box = dot.bounding_box()
    explorer.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert explorer.locator(".plane > .halo").text_content() == f"#{place}: truth 21, score {rank:g}"
    explorer.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert chosen(explorer) == place
    diagram = diagram_of("nb201", place)
    assert diagram is not None
    assert explorer.locator(".architecture .text").text_content() == diagram.text
    labels = explorer.locator(".architecture .cell text").all_text_contents()
    assert sorted(labels) == sorted([*(node.label for node in diagram.nodes), *(edge.label for edge in diagram.edges)])
    assert explorer.locator(".architecture .cell .link").count() == len(diagram.edges)
    text = explorer.locator(".architecture dl").text_content()
    assert f"rank by truth{21} of 40" in text
    assert f"{known['params'][place]:,}" in text
    rows = explorer.locator(".numbers tbody tr").all()
    assert [row.locator("th").text_content() for row in rows] == [proxy["name"] for proxy in known["proxies"]]
    for row, proxy in zip(rows, known["proxies"], strict=True):
        score, ranked = row.locator("td").all_text_contents()
        assert float(score) == pytest.approx(proxy["scores"][place], abs=1e-4)
        assert ranked == f"{proxy['ranks'][place]:g} of 40"


def test_the_keyboard_goes_from_one_to_the_next(explorer: Any) -> None:
    plane, places = explorer.locator(".plane"), by_truth()
    plane.focus()
    expected = [("ArrowLeft", 1), ("PageDown", 11), ("ArrowRight", 10), ("End", 39), ("ArrowDown", 39), ("Home", 0)]
    for key, at in expected:
        explorer.keyboard.press(key)
        assert chosen(explorer) == places[at]
        assert plane.get_attribute("aria-valuenow") == str(at + 1)
    assert plane.get_attribute("aria-valuetext").startswith(f"architecture {places[0]}, ")
    assert explorer.locator("#said").text_content() == plane.get_attribute("aria-valuetext")
    explorer.get_by_role("button", name="Worse").press("Enter")
    assert chosen(explorer) == places[1]


def test_an_index_is_looked_up_and_another_proxy_chosen(explorer: Any) -> None:
    index = explorer.get_by_label("Architecture", exact=True)
    index.fill("17")
    index.press("Enter")
    assert chosen(explorer) == 17
    index.fill("999")
    index.press("Enter")
    said = "Architecture 999 is not among the 40 shown; give one of them, such as"
    best = by_truth()[0]
    assert explorer.locator(".architecture").text_content() == f"{said} {best}."
    assert explorer.locator(".architecture h4").count() == 0
    assert float(explorer.locator(".plane .chosen").get_attribute("cx")) < 0
    index.fill(" ")
    index.press("Enter")
    said = "Type the number of an architecture: one of the 40 shown, such as"
    assert explorer.locator(".architecture").text_content() == f"{said} {best}."
    assert explorer.locator("#said").text_content() == f"{said} {best}."
    index.fill("18")
    explorer.get_by_role("button", name="Show").click()
    explorer.get_by_label("Rank by").select_option(label=HOSTILE)
    assert chosen(explorer) == 18
    assert explorer.locator("tr[aria-current] th").text_content() == HOSTILE


def test_a_part_of_many_architectures_says_so(opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reports.page.explorer.MOST_CELLS", 25)
    from page_factory import summary

    whole = document(hover=False)
    part = whole.sections[2]._replace(explorer=explorer_of(summary()))
    (tmp_path / "part.html").write_text(render(whole._replace(sections=[part])), encoding="utf-8")
    page = opened(tmp_path / "part.html")
    assert "25 of 40 architectures, drawn at random; ranks are among all." in page.locator(".explorer").text_content()
    assert page.locator(".plane .dot").count() == 25


# --- for everybody


def test_light_and_dark_follow_the_system_until_a_button_says_otherwise(opened: Opened, plain: Path) -> None:
    page = opened(plain, color_scheme="dark")
    button = page.locator("#theme")

    def becomes(theme: str, paper: str) -> None:
        """Wait for it: a change of the system's mode reaches the page in its own time."""
        sync_api.expect(button).to_have_text(f"Theme: {theme}", timeout=PATIENCE)
        sync_api.expect(page.locator("body")).to_have_css("background-color", paper, timeout=PATIENCE)

    becomes("auto", DARK)
    button.click()
    becomes("light", LIGHT)
    page.emulate_media(color_scheme="light")
    button.click()
    becomes("dark", DARK)
    page.reload()
    becomes("dark", DARK)
    button.click()
    becomes("auto", LIGHT)


def test_dots_are_brighter_on_dark_paper_and_as_drawn_in_print(opened: Opened, tmp_path: Path) -> None:
    dots = '<svg viewBox="0 0 300 200" role="img" aria-label="dots"><image width="9" height="9"/></svg>'
    html = with_first(picture("scatter")._replace(svgs=(dots,)))
    (tmp_path / "page.html").write_text(html, encoding="utf-8")
    page = opened(tmp_path / "page.html", color_scheme="dark")
    glow = partial(page.evaluate, "getComputedStyle(document.querySelector('svg image')).filter")
    assert glow() == "brightness(1.9) saturate(0.8)"
    page.locator("#theme").click()
    assert glow() == "none"
    page.emulate_media(color_scheme="light")
    page.locator("#theme").click()
    assert glow() == "brightness(1.9) saturate(0.8)"
    page.emulate_media(media="print")
    assert glow() == "none"


def luminance(color: str) -> float:
    """Relative luminance of #rrggbb (WCAG 2.2)."""
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_inks_can_be_read_on_the_paper(scheme: str, opened: Opened, plain: Path) -> None:
    page = opened(plain, color_scheme=scheme)
    inks = {
        name: page.evaluate(f"getComputedStyle(document.documentElement).getPropertyValue('--{name}').trim()")
        for name in ("paper", "shade", "ink", "muted", "link", "edge", "blue", "vermillion")
    }
    for ground in ("paper", "shade"):
        for ink in ("ink", "muted", "link"):
            assert contrast(inks[ink], inks[ground]) >= AA, (ink, ground)
    for ink in ("edge", "blue", "vermillion"):
        assert contrast(inks[ink], inks["paper"]) >= LARGE, ink


@pytest.mark.parametrize("width", [360, 768, 1440])
def test_the_page_is_as_wide_as_the_screen(width: int, opened: Opened, plain: Path) -> None:
    page = opened(plain, width)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.evaluate("Math.max(...[...document.querySelectorAll('main > *')].map(e => e.scrollWidth))") <= width
    small = page.evaluate(
        "[...document.querySelectorAll('button, input, select')].filter(e => e.offsetParent && !e.closest('th')"
        " && !e.closest('.modebar')).filter(e => e.getBoundingClientRect().height < 24).map(e => e.outerHTML)"
    )
    assert small == []


def test_at_full_width_figures_stand_beside_each_other(opened: Opened, plain: Path) -> None:
    boxes = [figure.bounding_box() for figure in opened(plain).locator("figure.beside").all()]
    assert boxes[0]["y"] == boxes[1]["y"]
    assert boxes[0]["x"] + boxes[0]["width"] <= boxes[1]["x"]
    narrow = [figure.bounding_box() for figure in opened(plain, 360).locator("figure.beside").all()]
    assert narrow[0]["y"] + narrow[0]["height"] <= narrow[1]["y"]


NAMELESS = """() => [...document.querySelectorAll('button, input, select, a, svg[role], [tabindex="0"], nav, section')]
  .filter(one => one.checkVisibility())
  .filter(one => !(one.getAttribute('aria-label') || one.textContent.trim() || (one.labels && one.labels.length)
    || document.getElementById(one.getAttribute('aria-labelledby'))))
  .map(one => one.outerHTML.slice(0, 90))"""


def test_whatever_can_be_used_has_a_name(opened: Opened, file: Path) -> None:
    page = opened(file)
    for button in page.locator(".swap").all():  # plotly, where it is there
        button.click()
    assert page.evaluate(NAMELESS) == []
    assert page.evaluate("[...document.querySelectorAll('label')].every(one => one.control)") is True
    levels = page.evaluate("[...document.querySelectorAll('h1, h2, h3, h4')].map(one => Number(one.tagName[1]))")
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    for landmark in ("banner", "main", "navigation", "contentinfo"):
        assert page.get_by_role(landmark).count() == 1


def test_focus_can_be_seen(opened: Opened, plain: Path) -> None:
    page = opened(plain)
    for selector in ("#theme", "thead button", ".plane", ".look input", ".scroll"):
        page.locator(selector).first.focus()
        page.keyboard.press("Shift")
        outline = page.locator(selector).first.evaluate("one => getComputedStyle(one).outline")
        assert "3px" in outline, selector
        assert "solid" in outline, selector


def test_commands_are_copied(opened: Opened, plain: Path) -> None:
    page = opened(plain)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy the commands").first.click()
    page.wait_for_function("document.getElementById('said').textContent === 'the commands copied'")
    assert page.evaluate("navigator.clipboard.readText()") == "nasgauge run page.toml\nnasgauge report results/page"


def test_paper_gets_the_drawings_and_no_controls(opened: Opened, file: Path) -> None:
    page = opened(file, color_scheme="dark")
    for button in page.locator(".swap").all():  # plotly, where it is there
        button.click()
    page.locator("#theme").click()
    page.locator("#theme").click()
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    for selector in ("#theme", ".look", ".explorer", ".files", ".code button", ".live", ".contents", ".skip"):
        assert page.locator(f"{selector}:visible").count() == 0, selector
    assert page.locator(".drawn:visible").count() == page.locator(".drawn").count()
    assert page.evaluate("getComputedStyle(document.querySelector('th button'), '::after').content") == "none"
    assert len(page.pdf(format="A4")) > 10_000


def test_a_table_on_paper_repeats_its_header_and_keeps_rows_and_intervals_whole(opened: Opened, plain: Path) -> None:
    page = opened(plain)
    page.emulate_media(media="print")
    style = "([selector, name]) => getComputedStyle(document.querySelector(selector))[name]"
    expected = {
        ("table.sortable thead", "display"): "table-header-group",
        ("table.sortable thead", "breakInside"): "avoid",
        ("table.sortable th button", "display"): "contents",  # chromium repeats no text that is in a button
        ("table.sortable tbody tr", "breakInside"): "avoid",
        ("table.sortable tbody td", "whiteSpaceCollapse"): "collapse",
        ("table.sortable tbody td", "textWrapMode"): "nowrap",
        ("figure", "breakInside"): "avoid",
        (".row", "breakInside"): "auto",
    }
    for (selector, name), value in expected.items():
        assert page.evaluate(style, [selector, name]) == value, (selector, name)
