"""What somebody else's files can do: run no code, read and write nothing elsewhere, say nothing but text."""

import ast
import json
import logging
import os
import pickle
import re
import signal
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from reports_factory import fabricate, write_folder

from harness import registry
from harness.commands._console import print_table, say
from harness.commands.run import logging_to
from harness.errors import BadValue
from harness.experiment.build import build, open_benchmark
from harness.experiment.config import read_experiment
from harness.experiment.plan import plan
from harness.experiment.runner import FILES, OURS, run
from harness.json_file import parsed
from harness.latency.table import read_table
from harness.provenance import sessions_in
from harness.sheet_file import read_csv
from harness.trust import Trust, Untrusted, allowed, trust, trusted
from harness.visible import visible
from reports.build import report
from reports.figures.hover import hover_matrix, plain
from reports.folder import staged
from reports.page.svg import inline
from reports.spaces import space_named
from reports.spreadsheet import inert
from reports.tables.as_csv import as_csv
from reports.tables.as_latex import as_latex
from reports.tables.as_markdown import as_markdown
from reports.tables.table import Column, Table
from tabular.manifest import read_manifest as read_table_manifest
from tabular.store import open_table

ROOT = Path(__file__).parents[1]
CANARY = "canary"
EVIL = """
from os import mkdir
from pathlib import Path
from subprocess import Popen

Path("canary").touch()

def harmless(*args, **options):
    return 42
"""
STUDY = """name = "sent"

[[proxy]]
benchmark = {benchmark}
proxy = [{proxy}]
architectures = 20
seeds = 1
"""
SEARCH = """name = "sent"

[[search]]
benchmark = "synthetic"
algorithm = [{algorithm}]
seeds = 1
budget = {{ evaluations = 2 }}
"""


@pytest.fixture
def folder(tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where the user works: with an experiment from elsewhere, and a module beside it that must not be imported."""
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    monkeypatch.setattr(sys, "path", [one for one in sys.path if one not in ("", str(work))])
    (work / "evil.py").write_text(EVIL)
    (tmp_path / "elsewhere").mkdir()
    yield work
    for name in ("evil", "package", "package.inner", "package2", "theirs"):
        sys.modules.pop(name, None)


def planned(folder: Path, text: str, given: tuple[str, ...] = ()) -> None:
    """What the command line does with a file, up to the first run."""
    file = folder / "sent.toml"
    file.write_text(text)
    trust(given, file)
    plan(read_experiment(file))


# code


@pytest.mark.parametrize(
    "text",
    [
        STUDY.format(benchmark='{ name = "subprocess:Popen", args = "touch canary", shell = true }', proxy='"params"'),
        STUDY.format(benchmark='"evil:harmless"', proxy='"params"'),
        STUDY.format(benchmark='"synthetic"', proxy='"evil:harmless"'),
        STUDY.format(benchmark='"synthetic"', proxy='{ name = "negated", proxy = "evil:harmless" }'),
        STUDY.format(benchmark='"synthetic"', proxy='{ name = "ridge", encoding = "evil:harmless" }'),
        STUDY.format(benchmark='"synthetic"', proxy='{ name = "reduced_epochs", source = "evil:harmless" }'),
        STUDY.format(benchmark='"synthetic"', proxy='{ name = "synflow", dataset = "evil:harmless" }'),
        STUDY.format(benchmark='{ name = "nb201_live", dataset = "evil:harmless" }', proxy='"params"'),
        SEARCH.format(algorithm='"evil:harmless"'),
        SEARCH.format(algorithm='{ name = "random_search", warmup = { proxy = "evil:harmless" } }'),
        SEARCH.format(algorithm='{ name = "one_shot", supernet = "evil:harmless" }'),
        SEARCH.format(algorithm='{ name = "bananas", encoding = "evil:harmless" }'),
        SEARCH.format(algorithm='{ name = "bananas", acquisition = "evil:harmless" }'),
        SEARCH.format(algorithm='{ name = "bananas", predictor = "evil:harmless" }'),
        SEARCH.format(algorithm='{ name = "nash", lineage = "evil:harmless" }'),
    ],
)
def test_no_file_runs_code_unasked(folder: Path, text: str) -> None:
    with pytest.raises(Untrusted, match=r"names code.* allow it with --trust (evil|subprocess)$"):
        planned(folder, text)
    assert "evil" not in sys.modules
    assert not (folder / CANARY).exists()


@pytest.mark.parametrize("kind", sorted(registry.FOLDERS))
def test_every_kind_of_item_is_guarded(kind: str, folder: Path) -> None:
    trust(())
    for name in ("evil:harmless", "os:system", "harness.files:write_json", "tabular.library:import_tables"):
        with pytest.raises(Untrusted):
            registry.load(kind, name)
    assert not (folder / CANARY).exists()


def test_nothing_is_refused_in_python_unless_it_is_asked_for(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(folder))
    assert registry.load("proxy", "evil:harmless")() == 42
    trust(())
    with pytest.raises(Untrusted):
        registry.load("proxy", "evil:harmless")
    trust(None)
    assert registry.load("proxy", "evil:harmless")() == 42


def test_trusted_code_of_the_current_folder_is_found(folder: Path) -> None:
    trust(["evil"])
    assert registry.load("proxy", "evil:harmless")() == 42


def test_trust_is_in_a_module_and_all_below_it(folder: Path) -> None:
    for name in ("package", "package2", "package/inner"):
        (folder / name).mkdir(parents=True)
        (folder / name / "__init__.py").write_text("def item():\n    return 1\n")
    trust(["package"])
    assert registry.load("dataset", "package.inner:item")() == 1
    with pytest.raises(Untrusted):
        registry.load("dataset", "package2:item")
    trust(["package.inner"])
    assert registry.load("dataset", "package.inner:item")() == 1
    with pytest.raises(Untrusted):
        registry.load("dataset", "package:item")


@pytest.mark.parametrize("given", ["", "a b", "evil:harmless", "-x", "evil.", "a\n"])
def test_what_is_trusted_is_a_module_or_a_folder(given: str, folder: Path) -> None:
    with pytest.raises(BadValue, match="give a module of Python such as my_module, or a folder with a slash"):
        trust([given])


@pytest.mark.parametrize("kind", sorted(registry.FOLDERS))
def test_a_class_of_another_kind_is_not_called(kind: str, folder: Path) -> None:
    for given in (["subprocess"], None):
        trust(given)
        with pytest.raises(BadValue, match=rf"subprocess:Popen is no {kind}: it is a class of another kind; give a f"):
            registry.load(kind, "subprocess:Popen")
        with pytest.raises(BadValue, match=rf"subprocess:os is no {kind}: it is no class and no function, but of the"):
            registry.load(kind, "subprocess:os")


def test_trusted_code_lends_its_trust_to_nobody(folder: Path) -> None:
    trust(["evil", "os"])
    with pytest.raises(Untrusted, match=r"evil:mkdir is a function of posix; .* --trust posix"):
        registry.load("benchmark", "evil:mkdir")
    with pytest.raises(BadValue, match="evil:Popen is no benchmark"):
        registry.load("benchmark", "evil:Popen")


def test_what_lies_in_the_current_folder_is_not_installed(folder: Path) -> None:
    info = folder / "evil-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: evil\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[nasgauge.proxy]\nharmless = evil:harmless\n")
    sys.path.append(str(folder))
    assert "harmless" in registry.names("proxy")
    trust(())
    assert "harmless" not in registry.names("proxy")
    with pytest.raises(LookupError):
        registry.load("proxy", "harmless")
    assert not (folder / CANARY).exists()


def test_installed_plug_ins_are_allowed(folder: Path, tmp_path: Path) -> None:
    site = tmp_path / "elsewhere"
    (site / "theirs.py").write_text("def item():\n    return 7\n")
    (site / "theirs-1.0.dist-info").mkdir()
    (site / "theirs-1.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: theirs\nVersion: 1.0\n")
    (site / "theirs-1.0.dist-info" / "entry_points.txt").write_text("[nasgauge.dataset]\nseven = theirs:item\n")
    sys.path.append(str(site))
    trust(())
    assert registry.load("dataset", "seven")() == 7


def test_a_worker_process_trusts_what_this_one_does(folder: Path) -> None:
    trust(["evil", "/data/images/"], folder / "deep" / "x.toml")
    given = trusted()
    assert isinstance(given, Trust)
    assert pickle.loads(pickle.dumps(given)) == given
    with get_context("spawn").Pool(1) as pool:
        pool.apply(trust, (given,))
        assert pool.apply(trusted) == given
        with pytest.raises(Untrusted):
            pool.apply(registry.load, ("proxy", "os:system"))


def test_results_and_tables_name_no_code(folder: Path, data: Path) -> None:
    trust(())
    assert space_named("evil:harmless") is None
    manifest = json.loads((data / "tables" / "synthetic" / "manifest.json").read_text())
    for key, value in (("space", "evil:harmless"), ("dataset", "evil:harmless")):
        table = rewritten(folder / key, data / "tables" / "synthetic", manifest | {key: value})
        with pytest.raises(Untrusted):
            build("proxy", {"name": "synflow"}, open_table(table), seed=0)
    assert not (folder / CANARY).exists()


def rewritten(folder: Path, source: Path, manifest: dict[str, Any]) -> Path:
    """The table with another manifest, whose checksum is right."""
    from tabular.manifest import _fingerprint

    folder.mkdir()
    for path in source.iterdir():
        if path.suffix == ".npy":
            (folder / path.name).symlink_to(path)
    content = {key: value for key, value in manifest.items() if key != "fingerprint"}
    (folder / "manifest.json").write_text(json.dumps(content | {"fingerprint": _fingerprint(content)}))
    return folder


# our own code: what could turn a text into code stands nowhere, or in one known place

PACKAGES = ("harness", "tabular", "proxies", "reports")
FORBIDDEN = {
    "eval", "exec", "compile", "__import__", "pickle.load", "pickle.loads", "pickle.Unpickler", "marshal.loads",
    "yaml.load", "os.system", "os.popen", "shelve.open", "joblib.load", "pd.read_pickle", "pandas.read_pickle",
    "input", "runpy.run_path",
}  # fmt: skip
IMPORTS = {
    "harness/algorithms/_engines.py",
    "harness/registry.py",
    "proxies/predictors/_library.py",
    "reports/page/scripts.py",
}
"""Where a module is imported by a name; all but the registry's names stand in our code."""
OWN_PICKLES = {"harness/pool_worker.py", "harness/sent_error.py"}
"""Where our own processes speak with each other."""


def calls() -> Iterator[tuple[str, str, ast.Call]]:
    """File, dotted name and call, of all calls in our packages."""
    for path in sorted(one for package in PACKAGES for one in (ROOT / package).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                yield path.relative_to(ROOT).as_posix(), ast.unparse(node.func), node


def test_no_text_becomes_code() -> None:
    found = set()
    for file, name, call in calls():
        options = {one.arg: ast.unparse(one.value) for one in call.keywords}
        assert name not in FORBIDDEN or (file in OWN_PICKLES and name.startswith("pickle.")), (file, name)
        assert "shell" not in options, (file, name)
        assert name != "torch.load" or options.get("weights_only") == "True", file
        assert name not in ("np.load", "npy.read_array") or options.get("allow_pickle") == "False", file
        if name.endswith("import_module"):
            found.add(file)
    assert found == IMPORTS


def test_templates_write_no_markup() -> None:
    templates = ROOT / "reports" / "templates"
    scripts = "\n".join(path.read_text(encoding="utf-8") for path in templates.glob("*.js"))
    assert "textContent" in scripts
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|\.on\w+ =", scripts
    )
    page = (templates / "index.html").read_text(encoding="utf-8")
    assert not re.search(r"\|\s*safe|autoescape|from_string", page)
    assert set(re.findall(r"\{\{\s*\w+(?:\.\w+)*\s*\|\s*svg\s*\}\}", page)) <= {
        "{{ svg | svg }}",
        "{{ one.svgs[0] | svg }}",
    }
    for attribute in re.findall(r"=(?!\")\s*\{\{", page):
        pytest.fail(f"an attribute without quotes: {attribute}")


# paths


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A file with scores, where nobody works."""
    path = tmp_path / "elsewhere" / "scores.csv"
    pd.DataFrame({"score": np.arange(15625)}).to_csv(path, index=False)
    return path


def column(path: object) -> str:
    return STUDY.format(
        benchmark='"synthetic"', proxy=f'{{ name = "column", column = "score", file = {json.dumps(str(path))} }}'
    )


def test_files_are_read_from_the_current_folder_only(folder: Path, secret: Path) -> None:
    for path in (secret, "../elsewhere/scores.csv", "~/scores.csv", "/etc/passwd"):
        with pytest.raises(Untrusted, match=r"lies neither in the current folder .* allow its folder with --trust /"):
            planned(folder, column(path))
    (folder / "scores.csv").write_bytes(secret.read_bytes())
    planned(folder, column("scores.csv"))
    planned(folder, column(folder / "scores.csv"))


def test_a_link_leads_nowhere_else(folder: Path, secret: Path) -> None:
    (folder / "link.csv").symlink_to(secret)
    (folder / "there").symlink_to(secret.parent)
    (folder / "loop").symlink_to(folder / "loop")
    for path in ("link.csv", "there/scores.csv"):
        with pytest.raises(Untrusted):
            planned(folder, column(path))
    for path in ("loop", "a\0b"):
        with pytest.raises(BadValue):
            allowed(Path(path))


def test_a_folder_can_be_trusted(folder: Path, secret: Path) -> None:
    planned(folder, column(secret), (f"{secret.parent}/",))
    planned(folder, column(secret), ("../elsewhere/",))
    with pytest.raises(Untrusted):
        planned(folder, column(secret), (f"{secret.parent}/deeper/",))
    with pytest.raises(Untrusted):
        planned(folder, column(secret), (f"{str(secret.parent)[:-1]}/",))


def test_what_lies_beside_the_experiment_or_in_the_data_folder_is_read(
    folder: Path, secret: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = secret.parent / "sent.toml"
    file.write_text(column(secret))
    trust((), file)
    plan(read_experiment(file))
    trust(())
    with pytest.raises(Untrusted):
        plan(read_experiment(file))
    for variable in ("NASGAUGE_DATA", "NASGAUGE_DATASETS"):
        with monkeypatch.context() as patch:
            patch.setenv(variable, str(secret.parent))
            trust(())
        assert allowed(secret) == secret


@pytest.mark.parametrize(
    "text",
    [
        STUDY.format(benchmark='"synthetic"', proxy='{ name = "latency_table", file = "/etc/hostname" }'),
        STUDY.format(benchmark='"synthetic"', proxy='{ name = "synflow", dataset = "/etc/" }'),
        STUDY.format(benchmark='"synthetic"', proxy='{ name = "synflow", dataset = "../elsewhere/x.npz" }'),
        SEARCH.format(
            algorithm='{ name = "one_shot", supernet = { name = "single_path", dataset = "digits" }, '
            'bound = "../x.json", at_most = 3 }'
        ),
        STUDY.format(
            benchmark='"synthetic"', proxy='{ name = "fbnet", dataset = "digits", latency_file = "../x.json" }'
        ),
    ],
)
def test_every_option_that_is_a_path_is_guarded(folder: Path, tmp_path: Path, text: str) -> None:
    np.savez(tmp_path / "elsewhere" / "x.npz", train_images=np.zeros((4, 1, 4, 4), np.uint8))
    with pytest.raises(Untrusted, match="lies neither in the current folder"):
        planned(folder, text)


def test_links_in_a_folder_of_images_lead_nowhere_else(folder: Path, tmp_path: Path) -> None:
    from PIL import Image

    other = tmp_path / "elsewhere" / "cat"
    for place in (folder / "images", folder / "linked", folder / "single"):
        for part in ("train", "test"):
            for k, name in enumerate(("cat", "dog")):
                (place / part / name).mkdir(parents=True)
                for i in range(2):
                    Image.new("RGB", (4, 4), (90 * k + i, 80 * k + i, 70 * k + i)).save(
                        place / part / name / f"{i}.png"
                    )
    (folder / "linked" / "train" / "cat").rename(other)
    (folder / "linked" / "train" / "cat").symlink_to(other)
    (folder / "single" / "train" / "cat" / "2.png").symlink_to(other / "0.png")
    trust(())
    assert registry.load("dataset", "./images")().classes == 2
    for given in ("./linked", "./single"):
        with pytest.raises(Untrusted):
            registry.load("dataset", given)()
    trust([f"{other.parent}/"])
    for given in ("./linked", "./single"):
        assert registry.load("dataset", given)().classes == 2


@pytest.mark.parametrize(
    "algorithm",
    [
        '{{ name = "one_shot", checkpoints = "{}" }}',
        '{{ name = "one_shot", supernet = {{ name = "single_path", checkpoints = "{}" }} }}',
        '{{ name = "one_shot", checkpoints = ["half", "{}"] }}',
    ],
)
def test_a_file_has_nothing_written_outside_the_current_folder(folder: Path, tmp_path: Path, algorithm: str) -> None:
    (folder / "link").symlink_to(tmp_path / "elsewhere")
    file = folder / "sent.toml"
    trust([f"{tmp_path}/"], file)
    for place in (tmp_path / "elsewhere", "../x", "/tmp", "link", "link/x", "~"):
        file.write_text(SEARCH.format(algorithm=algorithm.format(place)))
        with pytest.raises(BadValue, match=r"sent.toml, line 5: .*lies outside the current folder"):
            read_experiment(file)
    file.write_text(SEARCH.format(algorithm=algorithm.format("half-trained/networks")))
    assert read_experiment(file).search


@pytest.mark.parametrize("name", ["../x.npy", "..", "", ".", "/etc/passwd", "a/b.npy", "a\0.npy", "..\\x.npy"])
def test_a_table_names_files_of_its_own_folder(folder: Path, data: Path, name: str) -> None:
    manifest = json.loads((data / "tables" / "synthetic" / "manifest.json").read_text())
    manifest["columns"][0]["file"]["name"] = name
    table = rewritten(folder / "table", data / "tables" / "synthetic", manifest)
    with pytest.raises(BadValue, match=r"is no file name|and not the name of a file"):
        read_table_manifest(table)


def test_half_a_character_is_no_text() -> None:
    for text in ('{"name": "\\ud800"}', b'["\\uDFFF"]'):
        with pytest.raises(ValueError, match="surrogates not allowed"):
            parsed(text)
    assert parsed('["\\ud83d\\ude00 \\u00e9"]') == ["\U0001f600 é"]


def test_an_option_is_one_line_of_text(folder: Path) -> None:
    file = folder / "sent.toml"
    for bad in ("\\n2026-01-01 00:00:00,000 INFO faked", "\\u001b[2J", "\\u009b2J"):
        file.write_text(column(f"x{bad}").replace("\\\\", "\\"))
        with pytest.raises(BadValue, match="leave out line breaks and other control characters"):
            read_experiment(file)


# links, pipes and devices in the place of files


@contextmanager
def in_time(seconds: float = 5.0) -> Iterator[None]:
    """Fail where something is waited for that never comes, such as the other end of a pipe."""

    def stop(*_: object) -> None:
        pytest.fail("it was waited for")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.fixture
def precious(tmp_path: Path) -> Path:
    """A folder where nobody works, with a file that must stay as it is."""
    path = tmp_path / "elsewhere" / "thesis.tex"
    path.write_text("precious")
    return path.parent


def untouched(folder: Path) -> bool:
    return [(path.name, path.read_text()) for path in folder.iterdir()] == [("thesis.tex", "precious")]


@pytest.mark.parametrize("kind", ["link", "dangling", "pipe", "folder"])
def test_the_log_is_written_to_a_file_of_the_folder(folder: Path, precious: Path, kind: str) -> None:
    place = folder / "log.txt"
    if kind in ("link", "dangling"):
        place.symlink_to(precious / {"link": "thesis.tex", "dangling": "new"}[kind])
    elif kind == "pipe":
        os.mkfifo(place)
    else:
        place.mkdir()
    with in_time(), pytest.raises(BadValue, match=r"log\.txt is not touched: .*; remove it$"), logging_to(folder):
        logging.getLogger("nasgauge").info("a`touch canary`")
    assert untouched(precious)


@pytest.mark.parametrize("name", sorted(OURS | FILES))
def test_nothing_of_a_results_folder_is_a_link(folder: Path, precious: Path, name: str) -> None:
    file = folder / "sent.toml"
    file.write_text(STUDY.format(benchmark='"synthetic"', proxy='"params"'))
    out = folder / "out"
    out.mkdir()
    place = out / name
    for target in (precious / "thesis.tex" if name in FILES else precious, folder / "here", None):
        if target is not None:
            place.symlink_to(target)
        elif name in FILES:
            os.mkfifo(place)
        else:
            place.write_text("")
        with in_time(), pytest.raises(BadValue, match=rf"{re.escape(name)} is a link, or not the kind of file that"):
            run(read_experiment(file), out)
        place.unlink()
    assert untouched(precious)
    assert not list(out.iterdir())


def test_half_trained_networks_stay_in_the_folder(folder: Path, precious: Path) -> None:
    file = folder / "sent.toml"
    file.write_text(SEARCH.format(algorithm='"random_search"').replace("synthetic", "digits_live"))
    experiment = read_experiment(file)
    (block,), _ = plan(experiment)
    (folder / "out" / "checkpoints").mkdir(parents=True)
    (folder / "out" / "checkpoints" / block.id).symlink_to(precious)
    with pytest.raises(BadValue, match=rf"{block.id} is a link, and half-trained networks stay in the folder"):
        run(experiment, folder / "out")
    assert untouched(precious)


def test_a_report_is_made_beside_its_place(folder: Path, precious: Path) -> None:
    (folder / ".report.partial").symlink_to(precious)
    with pytest.raises(BadValue, match=r"partial is in the way of a new report; remove it"), staged(folder / "report"):
        pytest.fail("made elsewhere")
    assert untouched(precious)
    (folder / ".report.partial").unlink()
    with staged(folder / "report") as new:
        (new / "index.html").write_text("")
    assert [path.name for path in (folder / "report").iterdir()] == ["index.html"]


def test_sessions_are_those_of_the_folder(folder: Path, precious: Path) -> None:
    (folder / "environment.json").write_text('{"sessions": [{"engine": "local"}]}')
    assert sessions_in(folder) == [{"engine": "local"}]
    (folder / "environment.json").rename(precious / "environment.json")
    (folder / "environment.json").symlink_to(precious / "environment.json")
    with pytest.raises(ValueError, match=r"a link leads environment\.json out of the folder"):
        sessions_in(folder)


@pytest.mark.parametrize("read", [read_csv, read_table])
def test_a_pipe_is_not_waited_for(
    folder: Path, read: Callable[[Path], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(folder / "pipe")
    monkeypatch.setattr(Path, "is_file", lambda _: True)  # as where it takes a file's place after that question
    with in_time(), pytest.raises((OSError, BadValue), match="it is no regular file"):
        read(folder / "pipe")


# what is shown

NAMES = (
    "<img src=x onerror=alert(1)>",
    '"><script>alert(2)</script>',
    "{{7*7}}{% raw %}",
    "${{x}} $\\frac{",
    "javascript:alert(3)",
    "' onmouseover='alert(4)",
    "<a href='https://example.org' popup='\");alert(5);(\"'>x</a>",
    "=cmd|' /C calc'!A0",
    "%{x} <b>bold</b><br>",
    "\u2028</style><!--]]>\u202e&lt;b&gt;",
    "\\input{/etc/passwd}^^5cwrite18{id}",
    ' xmlns="x" id="y" #0072b2 url(#z',
    "constructor",
)
SEARCHES, PROXIES = NAMES[6:9], (*NAMES[:2], *NAMES[10:12])
"""Those that are drawn."""
TAGS = frozenset({
    "html", "head", "meta", "title", "script", "style", "body", "a", "header", "div", "h1", "p", "button", "main",
    "section", "h2", "h3", "h4", "ul", "li", "nav", "table", "thead", "tr", "th", "tbody", "td", "tfoot", "figure",
    "figcaption", "span", "svg", "g", "path", "defs", "use", "clippath", "rect", "text", "tspan", "dl", "dt", "dd", "b",
    "sup", "pre", "code", "footer", "wbr", "image", "circle", "line", "polygon",
})  # fmt: skip
"""What a page is made of."""


class Page(HTMLParser):
    """The tags, the attributes, and the texts of scripts by the scripts' type."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.scripts: list[tuple[str | None, str]] = []
        self.words: list[str] = []
        self._script = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        self._script = tag == "script"
        if self._script:
            self.scripts.append((dict(attrs).get("type"), ""))

    def handle_endtag(self, tag: str) -> None:
        self._script = False

    def handle_data(self, data: str) -> None:
        if self._script:
            kind, text = self.scripts[-1]
            self.scripts[-1] = (kind, text + data)
        else:
            self.words.append(data)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a results folder in which everything that has a name has a hostile one."""
    where = tmp_path_factory.mktemp("hostile")
    results = fabricate(runs=3, steps=5, architectures=20, seeds=1, algorithms=SEARCHES, proxies=PROXIES)
    manifest = results.manifest
    for study in manifest["studies"]:
        study["provenance"] = {name: NAMES[i - 1] for i, name in enumerate(NAMES)}
        study["fingerprint"], study["source"] = NAMES[0], {"name": NAMES[1], NAMES[2]: NAMES[3]}
    claim = {"text": NAMES[1], "proxy": NAMES[1], "low": 0.9}
    manifest |= {
        "name": NAMES[1], "version": NAMES[2], "environment": dict.fromkeys(NAMES, NAMES[0]), "left_out": list(NAMES),
        "experiment": {"name": NAMES[4], "proxy": [{"proxy": [{"name": n} for n in NAMES]}], "claim": [claim]},
    }  # fmt: skip
    (where / "results").mkdir()
    write_folder(results, where / "results")
    words = where / "words.toml"
    quoted = {name: json.dumps(name, ensure_ascii=False) for name in NAMES}
    lines = [f"title = {quoted[NAMES[1]]}", "[names]", f'"digits201" = {quoted[NAMES[0]]}', "[captions]"]
    words.write_text("\n".join([*lines, f"ledger = {quoted[NAMES[5]]}", f"cost_1 = {quoted[NAMES[10]]}"]) + "\n")
    report([where / "results"], where / "report", words=words)
    return where / "report"


@pytest.fixture(scope="module")
def page(written: Path) -> Page:
    return Page((written / "index.html").read_text(encoding="utf-8"))


def test_hostile_names_add_nothing_to_the_page(page: Page) -> None:
    assert page.tags <= TAGS
    names = {name for name, _ in page.attributes}
    assert not {name for name in names if name.startswith("on") or name in ("src", "srcdoc", "popup", "action")}
    links = [value for name, value in page.attributes if name in ("href", "xlink:href")]
    assert all(re.match(r"#|(tables|figures)/[\w.-]+$|data:image/png;base64,", link) for link in links)
    assert {kind for kind, _ in page.scripts} == {None, "application/json"}
    assert [kind for kind, _ in page.scripts].count(None) in (2, 3)
    text = "".join(page.words)
    assert all(" ".join(name.split()) in " ".join(text.split()) for name in NAMES)


def test_what_the_page_may_do_is_to_run_its_own_scripts(page: Page) -> None:
    policy = next(value for name, value in page.attributes if name == "content" and "default-src" in value)
    rules = {rule.split()[0]: rule.split()[1:] for rule in policy.split(";")}
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == ["'none'"]
    assert all(re.fullmatch(r"'sha256-[\w+/=]{44}'", one) for one in rules["script-src"])
    assert rules["img-src"] == ["data:"]
    assert set(rules) == {"default-src", "script-src", "style-src", "img-src", "base-uri", "form-action"}


def test_what_answers_to_a_mouse_has_no_tags_but_ours(page: Page) -> None:
    data = [json.loads(text) for kind, text in page.scripts if kind]
    specs = [one for one in data if isinstance(one, dict) and "layout" in one]
    assert specs
    for text in strings(specs):
        assert not re.search(r"<(?!/?(b|br|extra)>)", text), text
        assert "$" not in text


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in [*value, *value.values()] if isinstance(value, dict) else value:
            yield from strings(one)


def test_hostile_names_add_nothing_to_the_figures(written: Path) -> None:
    files = sorted((written / "figures").iterdir())
    assert all(re.fullmatch(r"[a-z0-9_]+\.(pdf|svg|png|csv)", path.name) for path in files)
    for path in (one for one in files if one.suffix == ".svg"):
        for element in ET.parse(path).iter():
            assert element.tag.rpartition("}")[2].lower() in TAGS | {"metadata", "rdf", "work", "type", "format"} | {
                "creator", "agent", "date"
            }  # fmt: skip
            assert not any(name.lower().startswith("on") for name in element.attrib)


def test_hostile_names_are_no_formulas_of_a_spreadsheet(written: Path) -> None:
    for path in written.glob("*/*.csv"):
        text = pd.read_csv(path).select_dtypes(exclude=["number", "bool"])
        cells = [*text.columns, *(cell for name in text for cell in text[name] if isinstance(cell, str))]
        assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))], path
    assert inert("=1") == "'=1"
    assert inert("a=1") == "a=1"


def test_hostile_names_are_text_in_every_form_of_a_table(written: Path) -> None:
    table = Table("t", NAMES[10], (Column("name", NAMES[0]), Column("n", "n")), tuple((name, -1) for name in NAMES))
    latex = "\n".join([as_latex(table), *(path.read_text() for path in written.glob("tables/*.tex"))])
    set_lines = "\n".join(line for line in latex.splitlines() if not line.startswith("%"))
    assert not re.search(r"\\(input|write|openout|immediate|include|special|directlua)\b|\^\^", set_lines)
    markdown = "\n".join([as_markdown(table), *(path.read_text() for path in written.glob("tables/*.md"))])
    assert not re.search(r"(?<!\\)<(?!/?sup>)", markdown)
    assert not re.search(r"(?<!\\)\[", markdown)
    assert not re.search(r"(?<!\\)[$&~]", markdown)
    assert "-1" in as_csv(table)
    assert "'-1" not in as_csv(table)


def test_plotly_shows_a_name_letter_by_letter() -> None:
    assert plain("<b>&%{x}") == "&lt;b&gt;&amp;&#37;{x}"
    (trace,) = hover_matrix([[1.0]], ["<b>"], ["<i>"], low=0, high=1)["data"]
    assert (trace["y"], trace["x"]) == (["&lt;b&gt;"], ["&lt;i&gt;"])


def test_a_text_that_looks_like_an_attribute_stays_as_it_is() -> None:
    text = ' xmlns="x" id="y" d="1.23456" url(#z #0072b2 href="#q"'
    svg = f'<svg xmlns="u" viewBox="0 0 1 1"><g id="a"><text style="fill: #0072b2">{text}</text></g></svg>'
    found = inline(svg, "n", "label")
    assert f">{text}</text>" in found
    assert '<g id="n-a">' in found
    assert "fill: var(--blue)" in found
    assert 'xmlns="u"' not in found


# the terminal


def test_a_terminal_is_told_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    evil = "\x1b]0;title\x07\x1b[2J\x9b2J\r\u202e[link=https://example.org]x[/link]"
    assert visible(evil) == "\\x1b]0;title\\x07\\x1b[2J\\x9b2J\\r\\u202e[link=https://example.org]x[/link]"
    assert visible("plain\ntext · ± τ") == "plain\ntext · ± τ"
    say(evil)
    print_table(evil, ("", evil), [(evil, evil)])
    shown = capsys.readouterr().out
    assert "[link=" in shown
    assert not set(shown) & set("\x1b\x07\x9b\r\u202e")


def test_the_page_about_all_this_names_what_there_is() -> None:
    text = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    for word in ("--trust", "experiment", "manifest", "checkpoint", "pickle", "words", "Dask", "Plug-in"):
        assert word in text
    assert not re.search(r"[\w.]+@[\w.]+\.\w+", text)


def test_the_gate_costs_nothing_where_nothing_is_named(folder: Path) -> None:
    trust(())
    assert open_benchmark({"name": "digits201"}).name == "digits201"
    assert registry.own("reports.build:report") is report
