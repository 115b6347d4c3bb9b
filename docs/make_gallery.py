"""Makes docs/gallery.md and the pictures and tables that it shows: `python docs/make_gallery.py`.

Runs experiments/gallery.toml into a temporary folder, or goes on in `--results FOLDER`, and writes its report. Nothing
in docs/ changes unless every picture is there and small enough.
"""

import argparse
import io
import re
import shutil
import sys
import tempfile
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple

from PIL import Image

from harness.commands.run import run_file
from harness.cores import cores
from harness.files import write_atomically
from reports.build import report

DOCS = Path(__file__).parent
EXPERIMENT = DOCS.parent / "experiments" / "gallery.toml"
LARGEST = 200_000
"""Bytes of a picture."""
NARROWEST = 640
"""Pixels below which a picture is no longer legible beside text."""


class Kind(NamedTuple):
    """A kind of figure, the first of which is shown under a title with a sentence; or a table, which is linked."""

    name: str
    title: str
    sentence: str = ""


FIGURES = (
    Kind(
        "cost", "What a correlation costs",
        "Every cheap estimate by what it costs and how well it ranks, with the Pareto front and the noise ceiling.",
    ),
    Kind("anytime", "Anytime performance", "Which search is ahead after how much simulated time, and how surely."),
    Kind("ecdf", "Targets reached", "The share of targets, from easy to hard, that each search has reached by then."),
    Kind("ranks", "Ranks over time", "Who is ahead of whom, whatever the scale of the metric."),
    Kind("critical_difference", "Critical differences", "Which searches cannot be told apart: those under one bar."),
    Kind("improvement", "Probability of improvement", "How likely a run of one search beats one of another."),
    Kind("scatter", "Score against truth", "What is behind a correlation: every architecture's two ranks."),
    Kind("agreement", "Agreement of proxies", "Which proxies say the same, and which know something of their own."),
    Kind("bins", "Where a proxy ranks", "Whether a proxy still ranks among the best, or tells only good from bad."),
    Kind("bias", "Bias by operation", "Which operations a proxy likes more than the truth does."),
    Kind("learning", "Predictors by training size", "How many trained architectures a predictor must know."),
    Kind("crossing", "Learning curves that cross", "What an early stop gets wrong: ranks as training goes on."),
    Kind("fronts", "Pareto fronts", "Two objectives at once: what searches found of the exact front."),
    Kind("hypervolume", "Hypervolume", "How much of the front a search has after so many evaluations."),
    Kind("hardware", "What counts say of a device", "Measured seconds against parameters and FLOPs."),
    Kind("cell", "A cell", "The best architecture of the study, as it would stand in a paper."),
)  # fmt: skip
"""What is shown, in this order."""

TABLES = (
    Kind("search", "searches"),
    Kind("front_coverage", "fronts and hypervolumes"),
    Kind("proxy", "proxies"),
    Kind("training_sizes", "predictors by training size"),
    Kind("claims", "claims"),
    Kind("ledger", "what was paid"),
)
"""What is linked, in this order."""

HEAD = """# Gallery

What a report holds, on the embedded benchmark `digits201`. Two commands make all of it, and with it LaTeX tables, PDF,
SVG and the numbers behind each figure:

```
nasgauge run experiments/gallery.toml
nasgauge report results/gallery
```

`nasgauge report results/gallery --style neurips` sets them in the size and the letters of a venue, and
`nasgauge watch results/gallery` shows the ranking while the experiment runs. This page is made by
`python docs/make_gallery.py`. Seconds on measured axes are those of the machine that made it.

Tables: {tables}.
"""


class Captions(HTMLParser):
    """The captions of the report's figures, by the names of their files."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self._text: str | None = None
        self._inside = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin with a caption; a link to a picture in it names the figure."""
        if tag == "figcaption":
            self._text, self._inside = "", 0
        elif self._text is not None:
            self._inside += tag == "span"
            name = re.fullmatch(r"figures/(\w+)\.png", dict(attrs).get("href") or "")
            if name:
                self.found[name[1]] = " ".join(self._text.split())

    def handle_data(self, data: str) -> None:
        """Take the caption's text, up to the list of files."""
        if self._text is not None and not self._inside:
            self._text += data

    def handle_endtag(self, tag: str) -> None:
        """End a caption."""
        if tag == "figcaption":
            self._text = None


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the experiment, write the report, and put the gallery into docs/."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--results", type=Path, help="keep the results here, and go on with those that are there")
    results: Path | None = parser.parse_args(arguments).results
    with tempfile.TemporaryDirectory() as scratch:
        folder = run_file(EXPERIMENT, results or Path(scratch) / "results", cores(), None)
        page = report([folder], Path(scratch) / "report")
        files = gallery(page)
    shutil.rmtree(DOCS / "gallery", ignore_errors=True)
    (DOCS / "gallery").mkdir()
    for name, content in files.items():
        write_atomically(DOCS / name, content)
        print(f"{len(content):>9,} bytes  docs/{name}")


def gallery(page: Path) -> dict[str, bytes]:
    """The files of the gallery, by their paths in docs/, made from a report; exits where a kind is missing."""
    captions = Captions(page.read_text(encoding="utf-8")).found
    files: dict[str, bytes] = {}
    links, text = [], []
    for kind in TABLES:
        files[f"gallery/{kind.name}.md"] = chosen(page.parent / "tables", kind.name, ".md").read_bytes()
        links.append(f"[{kind.title}](gallery/{kind.name}.md)")
    for kind in FIGURES:
        path = chosen(page.parent / "figures", kind.name, ".png")
        if not captions.get(path.stem):
            sys.exit(f"{page} has no caption for {path.name}: the page's figures have changed, and so must this script")
        files[f"gallery/{kind.name}.png"] = small(path)
        text += [f"## {kind.title}", kind.sentence, f"![{kind.title}](gallery/{kind.name}.png)"]
        text.append(f"*{escaped(captions[path.stem])}*")
    head = HEAD.format(tables=", ".join(links))
    files["gallery.md"] = (head + "\n" + "\n\n".join(text) + "\n").encode()
    return files


def chosen(folder: Path, kind: str, suffix: str) -> Path:
    """The first file of a kind: KIND alone, or KIND_N with the lowest number; exits where there is none."""
    pattern = re.compile(rf"{kind}(?:_(\d+))?{re.escape(suffix)}")
    found = [(int(match[1] or -1), path) for path in folder.iterdir() if (match := pattern.fullmatch(path.name))]
    if not found:
        there = ", ".join(sorted(path.stem for path in folder.glob(f"*{suffix}"))) or "nothing"
        sys.exit(
            f"the report has no {kind}{suffix}; there are: {there}. Does {EXPERIMENT.name} still have what it shows?"
        )
    return min(found)[1]


def small(path: Path) -> bytes:
    """The picture with all its colours where it fits, else with 256, then smaller; exits when it would be illegible."""
    with Image.open(path) as image:
        whole = image.convert("RGB")
    width = whole.width
    while width >= NARROWEST:
        size = (width, round(whole.height * width / whole.width))
        shown = whole if width == whole.width else whole.resize(size, Image.Resampling.LANCZOS)
        for one in (shown, shown.quantize(256, dither=Image.Dither.NONE)):
            buffer = io.BytesIO()
            one.save(buffer, "PNG", optimize=True)
            if buffer.tell() <= LARGEST:
                return buffer.getvalue()
        width = width * 9 // 10
    sys.exit(f"{path.name} takes more than {LARGEST:,} bytes even {NARROWEST} pixels wide; draw less in it")


def escaped(text: str) -> str:
    """Text for Markdown: what would be a mark is a letter."""
    return re.sub(r"([\\*_`<>\[\]|])", r"\\\1", text)


if __name__ == "__main__":
    main()
