import importlib
import importlib.util
import io
import re
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image

from harness.experiment.config import read_experiment
from harness.experiment.plan import plan

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
LINK = re.compile(r"\]\(([^)#\s]+)\)|(?:src|href)=\"([^\"#]+)\"")


def linked(page: Path) -> list[Path]:
    """The files of this repository that a page links or shows."""
    targets = ["".join(match) for match in LINK.findall(page.read_text(encoding="utf-8"))]
    return [(page.parent / target).resolve() for target in targets if "://" not in target]


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_gallery", DOCS / "make_gallery.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# what is in docs/


def test_the_gallery_holds_every_kind_and_no_more(script: ModuleType) -> None:
    wanted = {f"{kind.name}.png" for kind in script.FIGURES} | {f"{kind.name}.md" for kind in script.TABLES}
    assert {path.name for path in (DOCS / "gallery").iterdir()} == wanted


def test_pictures_are_small_and_on_white() -> None:
    for path in (DOCS / "gallery").glob("*.png"):
        assert path.stat().st_size <= 200_000, path.name
        with Image.open(path) as image:
            assert image.width >= 640, path.name
            assert image.convert("RGBA").getpixel((0, 0)) == (255, 255, 255, 255), path.name


def test_the_page_links_all_of_it_and_every_link_resolves() -> None:
    found = linked(DOCS / "gallery.md")
    assert set((DOCS / "gallery").iterdir()) <= set(found)
    assert [path for path in found if not path.is_file()] == []


def test_links_of_the_readme_resolve() -> None:
    assert [path for path in linked(ROOT / "README.md") if not path.exists()] == []


# the experiment


def test_the_experiment_has_something_of_every_kind(script: ModuleType) -> None:
    _, manifest = plan(read_experiment(script.EXPERIMENT))
    searches = [study for study in manifest["studies"] if study["kind"] == "search"]
    proxies = [study for study in manifest["studies"] if study["kind"] == "proxy"]
    assert {study["benchmark"] for study in manifest["studies"]} == {"digits201"}
    assert {len(study["objectives"]) for study in searches} == {1, 2}
    assert {"hyperband", "random_search"} <= set(searches[0]["algorithms"])
    assert any(study["truth"]["metric"] == "seconds" for study in proxies)
    names = list(proxies[0]["names"].values())
    assert len(names) >= 20
    assert names.count("reduced_epochs") >= 3
    assert names.count("random_forest") >= 4
    assert {"synflow", "naswot", "params"} <= set(names)


def test_every_kind_is_one_that_a_report_has(script: ModuleType) -> None:
    for kind in script.FIGURES:
        assert callable(getattr(importlib.import_module(f"reports.figures.{kind.name}"), kind.name)), kind.name
    for kind in script.TABLES:
        name = f"{kind.name}_table"
        assert callable(getattr(importlib.import_module(f"reports.tables.{name}"), name)), kind.name
    assert all(kind.sentence.endswith(".") for kind in script.FIGURES)


# the script


@pytest.fixture
def page(script: ModuleType, tmp_path: Path) -> Path:
    """A report with a small picture of each kind, for studies 2 and 10, and a table of each."""
    (tmp_path / "figures").mkdir()
    (tmp_path / "tables").mkdir()
    captions = []
    for kind in script.FIGURES:
        for number in (10, 2):
            name = f"{kind.name}_{number}"
            Image.new("RGB", (700, 20), (number, 0, 0)).save(tmp_path / "figures" / f"{name}.png")
            captions.append(
                f'<figure><figcaption>The <i>{name}</i>\n of &lt;b&gt; &amp; *. <span class="files">Figure: '
                f'<a href="figures/{name}.png">PNG</a>.</span></figcaption></figure>'
            )
    for kind in script.TABLES:
        (tmp_path / "tables" / f"{kind.name}.md").write_text(kind.name)
    (tmp_path / "index.html").write_text("<p>before</p>" + "".join(captions))
    return tmp_path / "index.html"


def test_the_first_figure_of_each_kind_is_shown_with_its_caption(script: ModuleType, page: Path) -> None:
    files = script.gallery(page)
    assert len(files) == len(script.FIGURES) + len(script.TABLES) + 1
    with Image.open(io.BytesIO(files["gallery/cost.png"])) as image:
        assert image.getpixel((0, 0)) == (2, 0, 0)
    text = files["gallery.md"].decode()
    assert "![What a correlation costs](gallery/cost.png)\n\n*The cost\\_2 of \\<b\\> & \\*.*\n" in text
    assert "[proxies](gallery/proxy.md)" in text
    order = [text.index(f"(gallery/{kind.name}.png)") for kind in script.FIGURES]
    assert order == sorted(order)


def test_a_missing_kind_is_said_so(script: ModuleType, page: Path) -> None:
    for number in (2, 10):
        (page.parent / "figures" / f"ecdf_{number}.png").unlink()
    with pytest.raises(SystemExit, match=r"the report has no ecdf\.png; there are: agreement_10, agreement_2, anytime"):
        script.gallery(page)


def test_a_missing_caption_is_said_so(script: ModuleType, page: Path) -> None:
    page.write_text(page.read_text().replace("figures/ranks_2.png", "elsewhere"))
    with pytest.raises(SystemExit, match=r"has no caption for ranks_2\.png"):
        script.gallery(page)


def test_large_pictures_are_made_to_fit(script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(script, "LARGEST", 12_000)
    rng = np.random.default_rng(0)

    def made(height: int, colours: int, repeat: int = 1) -> Image.Image:
        colour = rng.integers(0, 256, (colours, 3), dtype=np.uint8)
        Image.fromarray(colour[rng.integers(0, colours, (height, 1000 // repeat))].repeat(repeat, axis=1)).save(path)
        content = script.small(path)
        assert len(content) <= script.LARGEST
        return Image.open(io.BytesIO(content))

    path = tmp_path / "noise.png"
    assert (made(10, 2).width, made(10, 2).mode) == (1000, "RGB")
    assert (made(8, 4000, repeat=2).width, made(8, 4000, repeat=2).mode) == (1000, "P")
    shrunk = made(16, 4000)
    assert 640 <= shrunk.width < 1000
    assert shrunk.height == round(0.016 * shrunk.width)
    with pytest.raises(SystemExit, match=r"noise\.png takes more than 12,000 bytes even 640 pixels wide"):
        made(60, 4000)
