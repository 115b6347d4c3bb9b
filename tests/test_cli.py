"""The command line in the hands of somebody who gets everything wrong: one message, exit code 2, nothing lost."""

import hashlib
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
import tables

import harness.commands.run
from harness.cli import main
from harness.core import Fidelity
from harness.results import load, shard, write_shard
from harness.spaces.nb201 import Nb201
from tabular.content import Content, Values
from tabular.store import write_table

EXPERIMENT = """name = "small"

[[search]]
benchmark = "synthetic"
algorithm = ["random_search"]
seeds = 2
budget = { evaluations = 5 }

[[proxy]]
benchmark = "synthetic"
proxy = ["params"]
architectures = 20
seeds = 1
"""


class Outcome(NamedTuple):
    code: object
    out: str
    err: str


Cli = Callable[..., Outcome]


@pytest.fixture
def cli(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """The command, called in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setenv("COLUMNS", "80")

    def call(*args: object) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["nasgauge", *map(str, args)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            main()
        return Outcome(end.value.code or 0, *capsys.readouterr())

    return call


@pytest.fixture
def library(synthetic_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of tables of the test's own, which it may damage; it holds `synthetic`."""
    shutil.copytree(synthetic_data, tmp_path / "data")
    monkeypatch.setenv("NASGAUGE_DATA", str(tmp_path / "data"))
    return tmp_path / "data" / "tables"


@pytest.fixture(scope="module")
def results(synthetic_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished results folder; copy it before damaging it."""
    folder = tmp_path_factory.mktemp("finished")
    (folder / "small.toml").write_text(EXPERIMENT)
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("NASGAUGE_DATA", str(synthetic_data))
        harness.commands.run.run_file(
            folder / "small.toml", folder / "results", harness.commands.run.Engine(workers=1), None
        )
    return folder / "results"


@pytest.fixture
def finished(results: Path, tmp_path: Path) -> Path:
    (tmp_path / "small.toml").write_text(EXPERIMENT)
    return shutil.copytree(results, tmp_path / "results" / "small")


def refused(outcome: Outcome, message: str) -> None:
    """One line that says what is wrong, exit code 2, and nothing else."""
    assert outcome.code == 2
    assert outcome.out == ""
    assert "Traceback" not in outcome.err
    assert re.fullmatch(r"nasgauge: .*\n", outcome.err), outcome.err
    assert re.search(message, outcome.err), outcome.err


def listing(folder: Path) -> dict[str, str]:
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name not in (".lock", "log.txt")]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)


def one(folder: Path) -> Path:
    return sorted(folder.iterdir())[0]


# run


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('name = "small"', 'nam = "small"', r"bad\.toml, line 1: unknown key 'nam'\. Did you mean 'name'\?"),
        ('name = "small"', "name = 3", r'line 1: name = 3: give a string, "x"'),
        ('name = "small"', 'name = "a/b"', r'line 1: name: "a/b" names no results folder'),
        ("[[search]]", "[[serch]]", r"line 3: unknown key 'serch'\. Did you mean 'search'\? Allowed here: name"),
        ("[[search]]", "[search]", r"line 3: search = .*: every study or claim .* a line of its own, such as"),
        ("seeds = 2", "seed = 2", r"line 6: unknown key 'seed'\. Did you mean 'seeds'\?"),
        ("seeds = 2", "seeds = 0", r"line 6: search\.seeds = 0: give at least 1"),
        ("seeds = 2", 'seeds = "two"', r'line 6: search\.seeds = "two": give a whole number'),
        ("seeds = 2", "seeds = true", r"line 6: search\.seeds = true: give a whole number"),
        ("seeds = 2", "seeds = 2.5", r"line 6: search\.seeds = 2\.5: give a whole number"),
        ("seeds = 2", "seeds = 10000000000", r"line 6: search\.seeds = 10000000000: give at most 1000000"),
        ("seeds = 2", "workers = 0", r"line 6: search\.workers = 0: give at least 1"),
        ("seeds = 2", 'trial = "two"', r"line 6: search\.trial = \"two\": give 'one' or 'mean'"),
        ("seeds = 2", 'objective = "test_accuracy"', "measured on test data, which a search never sees; choose"),
        ("seeds = 2", 'test = "test_acuracy"', "no metric of synthetic is called 'test_acuracy'. Did you mean"),
        ("seeds = 2", "seeds = 2\nseeds = 3", r"bad\.toml is no TOML: Cannot overwrite a value \(at line 7"),
        ('"synthetic"\nalg', '"sintetic"\nalg', r"no benchmark is called 'sintetic'\. Did you mean 'synthetic'\?"),
        ('"synthetic"\nalg', '["synthetic", "synthetic"]\nalg', "synthetic is named twice in one study; remove one"),
        ('"synthetic"\nalg', '{ name = "synthetic", x = 1 }\nalg', "no option of synthetic is called 'x'. There are"),
        ('["random_search"]', '"random_serch"', r"no algorithm is called 'random_serch'\. Did you mean 'random_s"),
        ('["random_search"]', "[]", r"line 5: search\.algorithm: the list is empty: name at least one"),
        ('["random_search"]', "3", r"line 5: search\.algorithm: 3 has no name: write \"x\" or \{ name = \"x\", option"),
        ('["random_search"]', '[["random_search"]]', r"line 5: search\.algorithm: \[\"random_search\"\] has no name"),
        ('["random_search"]', '{ name = "random_search", seed = 3 }', "no option of random_search is called 'seed'"),
        ('["random_search"]', '{ name = "hyperband", eta = "three" }', "eta = 'three' cannot be used: give a whole"),
        ('["random_search"]', '{ name = "hyperband", et = 3 }', r"no option of hyperband is called 'et'\. Did you"),
        ('["random_search"]', '{ name = "regularized_evolution", population = -1 }', "population = -1 cannot be used"),
        ('["random_search"]', '{ name = "regularized_evolution", population = [] }', "an empty list is a grid"),
        ('["random_search"]', '{ name = "regularized_evolution", sample = nan }', "sample = NaN: give a finite number"),
        ('["random_search"]', '"nowhere:Search"', r"'nowhere:Search' names code, .* --trust nowhere$"),
        ('["random_search"]', '":Search"', "':Search' names nothing: write it as package.module:attribute"),
        ('["random_search"]', '"math:pi"', r"'math:pi' names code, which nothing .* unasked; .* --trust math$"),
        ("{ evaluations = 5 }", "{ evaluations = 0 }", "a budget of 0 evaluations: give a number above 0"),
        ("{ evaluations = 5 }", "{ seconds = nan }", "a budget of nan seconds: give a number above 0"),
        ("{ evaluations = 5 }", '{ seconds = "5" }', r'line 7: search\.budget\.seconds = "5": give a number'),
        ("{ evaluations = 5 }", "{ evaluation = 5 }", r"line 7: unknown key 'evaluation'\. Did you mean 'evaluat"),
        ("{ evaluations = 5 }", "{}", "a budget limits one of seconds, epochs, evaluations; given: none"),
        ("{ evaluations = 5 }", "5", r"line 7: search\.budget = 5: give a table, \{ key = value \}"),
        ('["params"]', '["parms"]', r"no proxy is called 'parms'\. Did you mean 'params'\?"),
        ('["params"]', '["synflow"]', "synthetic names no data set .*: name one with .*, choose a benchmark"),
        ('["params"]', '{ name = "random_forest", train = 9000 }', "knows the truth of 6466, 9000 of them to learn"),
        ("= 20", "= 1", r'line 12: proxy\.architectures: 1 architectures: give a whole number of at least 2, or "all"'),
        ("= 20", '= "some"', r'line 12: proxy\.architectures: "some" architectures: give a whole number'),
        ("= 20", "= 9000", "architectures = 9000: synthetic knows the truth of 6466; ask for 2 to 6466"),
        ("= 20", "= 20\ntruth = { fidelity = { epochs = 3 } }", r'line 13: proxy\.truth\.fidelity: .* write "full"'),
        ("= 20", "= 20\ntruth = { fidelity = { epochs = 9, schedule = 9 } }", "synthetic has no fidelity .*nasgauge"),
    ],
)  # fmt: skip
def test_a_bad_experiment_is_refused_before_anything_is_written(
    cli: Cli, tmp_path: Path, old: str, new: str, message: str
) -> None:
    assert old in EXPERIMENT
    (tmp_path / "bad.toml").write_text(EXPERIMENT.replace(old, new, 1))
    refused(cli("run", "bad.toml", "--workers", 1), message)
    assert list(tmp_path.iterdir()) == [tmp_path / "bad.toml"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"bad\.toml, line 1: 'name' is missing"),
        (bytes(range(256)), r"bad\.toml is no TOML: 'utf-8' codec can't decode"),
        (b'name = "x"\n', r"bad\.toml holds no \[\[search\]\] and no \[\[proxy\]\]"),
        (None, r"cannot read bad\.toml: No such file or directory"),
    ],
)
def test_a_file_that_is_no_experiment(cli: Cli, tmp_path: Path, content: bytes | None, message: str) -> None:
    if content is not None:
        (tmp_path / "bad.toml").write_bytes(content)
    refused(cli("run", "bad.toml"), message)
    refused(cli("run", tmp_path), "cannot read .*: Is a directory")
    assert not (tmp_path / "results").exists()


def test_a_folder_that_cannot_hold_results_is_left_alone(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "good.toml").write_text(EXPERIMENT)
    (tmp_path / "file").write_text("keep me")
    thesis = tmp_path / "thesis"
    thesis.mkdir()
    (thesis / "chapter.tex").write_text("keep me")
    (thesis / "download.partial").write_text("keep me")
    before = listing(tmp_path)
    refused(cli("run", "good.toml", "--out", "file"), r"file cannot hold results \(File exists\); name another folder")
    refused(cli("run", "good.toml", "--out", "file/below"), r"file/below cannot hold results \(Not a directory\)")
    refused(cli("run", "good.toml", "--out", thesis), r"holds files that are no results \(chapter\.tex\); name another")
    assert listing(tmp_path) == before


def test_the_results_of_another_experiment_are_kept(cli: Cli, finished: Path, tmp_path: Path) -> None:
    (tmp_path / "other.toml").write_text(EXPERIMENT.replace("evaluations = 5", "evaluations = 6"))
    before = listing(finished)
    outcome = cli("run", "other.toml", "--out", finished)
    refused(outcome, r"holds the results of another experiment \(different: .*\); name another folder with --out")
    assert listing(finished) == before


def test_an_option_of_the_wrong_kind_is_refused(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "good.toml").write_text(EXPERIMENT)
    refused(cli("run", "good.toml", "--device", "cpu"), "--device is for live benchmarks, and this experiment has none")
    live = EXPERIMENT.replace('"synthetic"', '"digits_live"').partition("[[proxy]]")[0]
    (tmp_path / "live.toml").write_text(live)
    refused(cli("run", "live.toml", "--device", "abacus"), "device 'abacus' cannot be used")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["good.toml", "live.toml"]


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["runn"], "No such command 'runn'. Did you mean 'run'?"),
        (["import", "tabel"], "No such command 'tabel'. Did you mean 'table'?"),
        (["run"], "Missing argument 'file'."),
        (["run", "x.toml", "--worker", "2"], "No such option: --worker"),
        (["run", "x.toml", "--workers", "0"], "Invalid value for '--workers'"),
        (["run", "x.toml", "--workers", "two"], "Invalid value for '--workers'"),
        (["run", "x.toml", f"/{'long/' * 30}x"], f"/{'long/' * 30}x"),
        (["show", "synthetic", "-1"], "No such option: -1"),
        (["import", "table", "x.csv", "--space", "nb201"], "Missing option '--name'."),
    ],
)
def test_a_slip_in_the_command_is_explained_without_a_box(cli: Cli, args: list[str], message: str) -> None:
    outcome = cli(*args)
    assert outcome.code == 2
    assert outcome.out == ""
    assert message in outcome.err
    assert not set("╭│╰") & set(outcome.err)


def test_an_interrupt_says_how_to_go_on(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    (tmp_path / "good.toml").write_text(EXPERIMENT)
    monkeypatch.setattr(harness.commands.run, "run", interrupted)
    outcome = cli("run", "good.toml")
    assert (outcome.code, outcome.out) == (130, "")
    assert outcome.err == "nasgauge: interrupted; the same command goes on where it was\n"


NAN_BENCHMARK = """
from harness.core import Benchmark, Evaluation, Fidelity, Metric
from harness.spaces.nb201 import Nb201


class Diverges(Benchmark):
    name, space, provenance = "diverges", Nb201(), {}
    metrics = Metric("valid_accuracy", "%", True, "valid"), Metric("test_accuracy", "%", True, "test")
    fidelities, seeds = (Fidelity(1, 1),), (0,)

    def evaluate(self, query, seed):
        return Evaluation({"valid_accuracy": float("nan"), "test_accuracy": 1.0}, 1.0)
"""


@pytest.fixture
def diverges(tmp_path: Path) -> Path:
    """An experiment on a benchmark of the user's own, beside it in the folder, that answers NaN."""
    (tmp_path / "own_benchmark.py").write_text(NAN_BENCHMARK)
    text = EXPERIMENT.partition("[[proxy]]")[0].replace('"synthetic"', '"own_benchmark:Diverges"')
    (tmp_path / "own.toml").write_text(text)
    return tmp_path / "own.toml"


def test_a_nan_names_its_architecture(cli: Cli, diverges: Path) -> None:
    outcome = cli("run", diverges, "--workers", 1, "--trust", "own_benchmark")
    assert outcome.code == 2
    assert "Traceback" not in outcome.err
    cell = r"\|\w+~0\|\+\|\w+~0\|\w+~1\|\+\|\w+~0\|\w+~1\|\w+~2\|"
    assert re.search(f"nasgauge: diverges answered NaN for valid_accuracy of {cell}; a benchmark answers", outcome.err)
    assert not list(Path("results").rglob("*"))


def test_both_commands_find_the_code_beside_them_and_say_the_same(diverges: Path, data: Path) -> None:
    """In processes of their own; the script on the path, and the module."""
    script = Path(sysconfig.get_path("scripts")) / "nasgauge"
    said = []
    for command in ([str(script)], [sys.executable, "-m", "harness"]):
        shutil.rmtree(diverges.parent / "results", ignore_errors=True)
        ran = subprocess.run(
            [*command, "run", "own.toml", "--workers", "1", "--trust", "own_benchmark"],
            cwd=diverges.parent, env=tables.environment(data), capture_output=True, text=True, check=False,
        )  # fmt: skip
        said.append((ran.returncode, ran.stdout, ran.stderr.strip().splitlines()[-1]))
    assert said[0] == said[1]
    assert said[0][:2] == (2, "")
    assert said[0][2].startswith("nasgauge: diverges answered NaN")


# help


def test_help_imports_nothing_heavy() -> None:
    heavy = {"torch", "numpy", "pandas", "scipy", "sklearn", "matplotlib", "pyarrow", "pydantic", "rich"}
    code = f"""
import sys
from harness.cli import main
sys.argv = ["nasgauge", "--help"]
try:
    main()
except SystemExit as end:
    print(end.code, sorted({heavy!r} & set(sys.modules)))
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.startswith("Usage: nasgauge [OPTIONS] COMMAND")
    assert ran.stdout.splitlines()[-1] == "0 []"


@pytest.mark.parametrize("command", ["measure", "networks"])
def test_nothing_is_timed_for_a_file_that_cannot_be_written(command: str, cli: Cli, tmp_path: Path) -> None:
    """The timing would show its bar, and take seconds."""
    (tmp_path / "file").touch()
    refused(cli("latency", command, "--out", "."), r"\. is a folder: name a file in it")
    refused(cli("latency", command, "--out", "file/x"), r"file/x cannot be written \(.+\): name another file")
    refused(cli("latency", command, "--out", "x", "--threads", 100_000), r"threads = 100000: .* \d+ cores")
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["file"]


@pytest.mark.parametrize("command", [("networks", "--out", "x"), ("check", "x")])
def test_a_seed_of_latencies_is_not_negative(command: tuple[str, ...], cli: Cli) -> None:
    outcome = cli("latency", *command, "--seed", "-1")
    assert outcome.code == 2
    assert "greater than or equal to 0" in outcome.err


def test_version_and_help(cli: Cli) -> None:
    outcome = cli("--version")
    assert (outcome.code, outcome.err) == (0, "")
    assert re.fullmatch(r"nasgauge \d+\.\d+\.\d+\S*\n", outcome.out)
    assert cli("-h") == cli("--help")
    listed = re.findall(r"^  (\w+) .*[a-z`]\.$", cli("--help").out.partition("Commands:")[2], re.MULTILINE)
    assert listed == ["demo", "run", "report", "watch", "list", "show", "mint", "import", "latency"]


def test_list(cli: Cli) -> None:
    assert "random_search\n" in cli("list", "algorithms").out
    assert "digits201" in cli("list").out
    refused(
        cli("list", "algoritm"),
        r"no kind is called 'algoritm'\. Did you mean 'algorithm'\? There are: acquisition, algorithm",
    )


# report


def test_a_folder_that_is_no_results_folder(cli: Cli, tmp_path: Path) -> None:
    refused(
        cli("report", tmp_path), r"is no results folder: it has no manifest\.json; name one that `nasgauge run` wrote"
    )
    refused(cli("report", "nowhere"), "nowhere is no results folder")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda f: truncate(f / "manifest.json"), r"manifest\.json is damaged \(.*\); move the folder away and run"),
        (lambda f: (f / "manifest.json").write_bytes(bytes(range(256))), r"manifest\.json is damaged \('utf-8' codec"),
        (lambda f: (f / "manifest.json").write_text("[]"), r"manifest\.json is damaged"),
        (lambda f: (f / "manifest.json").write_text('{"format": 1}'), r"manifest\.json is damaged \(it lacks 'name'\)"),
        (lambda f: (f / "manifest.json").write_text('{"format": 9}'), r"has format 9; this version reads format 1"),
        (lambda f: truncate(one(f / "search")), r"search/\w+\.parquet is missing or damaged \(.*\); run the experim"),
        (lambda f: one(f / "search").write_bytes(b""), r"search/\w+\.parquet is missing or damaged"),
        (lambda f: truncate(f / "truth" / "study-1.parquet"), r"truth/study-1\.parquet is missing or damaged"),
        (lambda f: truncate(one(f / "measured")), r"measured/\w+\.json is missing or damaged"),
        (lambda f: truncate(f / "environment.json"), r"environment\.json is missing or damaged"),
        (lambda f: (f / "environment.json").unlink(), r"environment\.json is missing or damaged"),
        (lambda f: one(f / "proxy").unlink(), "is unfinished: 1 of 2 blocks are missing; run it again"),
        (lambda f: one(f / "measured").unlink(), "is unfinished: 1 of 2 blocks are missing; run it again"),
        (lambda f: (f / "truth" / "study-1.parquet").unlink(), "is unfinished: 1 of 2 blocks are missing; run it"),
    ],
)  # fmt: skip
def test_damaged_results_are_named_and_nothing_is_written(
    cli: Cli, finished: Path, damage: Callable[[Path], object], message: str
) -> None:
    damage(finished)
    before = listing(finished.parent)
    refused(cli("report", finished), message)
    assert listing(finished.parent) == before


def test_what_the_message_advises_helps(cli: Cli, finished: Path) -> None:
    whole = listing(finished)
    (finished / "environment.json").unlink()
    one(finished / "measured").unlink()
    (finished / "truth" / "study-1.parquet").unlink()
    one(finished / "proxy").unlink()
    assert cli("run", "small.toml", "--workers", 1).code == 0
    content = {
        name: value for name, value in whole.items() if name.split("/")[0] not in ("measured", "environment.json")
    }
    assert content.items() <= listing(finished).items()
    assert listing(finished).keys() == whole.keys()


def test_no_altered_byte_of_a_shard_changes_a_number(tmp_path: Path) -> None:
    (tmp_path / "search").mkdir()
    write_shard(tmp_path, "search", "x", {"seed": 1, "loss": np.random.default_rng(0).normal(size=200)})
    path = shard(tmp_path, "search", "x")
    whole, frame = path.read_bytes(), pd.read_parquet(path)
    for i in range(0, len(whole), 23):
        path.write_bytes(whole[:i] + bytes([whole[i] ^ 0xFF]) + whole[i + 1 :])
        try:
            read = harness.results._read_shard(path)
        except harness.results.BadValue:
            continue
        pd.testing.assert_frame_equal(read, frame)


def test_a_report_never_replaces_other_files(cli: Cli, finished: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("keep me")
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.tex").write_text("keep me")
    before = listing(tmp_path)
    refused(cli("report", finished, "--out", "file"), "file is a file; name a folder for the report")
    refused(cli("report", finished, "--out", "thesis"), r"chapter\.tex is no part of a report; name another folder")
    assert listing(tmp_path) == before


# show


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["synthetik"], r"no benchmark is called 'synthetik'\. Did you mean 'synthetic'\? There are: .*digits201"),
        (["synthetic", "15625"], "15625 is no index of nb201: give 0 to 15624"),
        (["synthetic", "1.5"], r"'1\.5' is no cell of nb201: write it as \|op~0\|\+"),
        (["synthetic", "Genotype(normal=[(sep_conv_3x3, 1)])"], r"'Genotype\(.*' is no cell of nb201: write it as"),
        (["synthetic", "|none~0|+|none~0|none~1|+|none~0|none~1|none~3|"], "is no cell of nb201"),
        (["synthetic", ""], "'' is no cell of nb201"),
        (["digits_live", "3"], "digits_live is no table: it trains when it is asked, so leave '3' out"),
        (["digits_live", "--verify"], "digits_live is no table: there is nothing to verify"),
        (["os:getcwd"], r"os:getcwd is a function of posix"),
        (["../../secret"], "no benchmark is called '../../secret'"),
    ],
)
def test_show_refuses(cli: Cli, args: list[str], message: str) -> None:
    refused(cli("show", *args), message)


@pytest.mark.parametrize("verify", [[], ["--verify"]])
@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda f: truncate(f / "seconds.npy"), r"seconds\.npy is truncated: it has 250,064 bytes and should have"),
        (lambda f: flip(f / "seconds.npy"), r"seconds\.npy was altered: its content does not match its checksum"),
        (lambda f: (f / "seconds.npy").unlink(), r"seconds\.npy cannot be read \(No such file or directory\)"),
        (lambda f: truncate(f / "manifest.json"), r"manifest\.json cannot be read"),
        (lambda f: flip(f / "manifest.json"), r"manifest\.json cannot be read"),
        (
            lambda f: (f / "manifest.json").write_text((f / "manifest.json").read_text().replace('"%"', '"s"')),
            r"manifest\.json was altered after it was written: import or mint the table again",
        ),
    ],
)  # fmt: skip
def test_an_altered_table_is_never_answered_from(
    cli: Cli, library: Path, tmp_path: Path, damage: Callable[[Path], object], message: str, verify: list[str]
) -> None:
    damage(library / "synthetic")
    refused(cli("show", "synthetic", "0", *verify), message)
    (tmp_path / "good.toml").write_text(EXPERIMENT)
    refused(cli("run", "good.toml", "--workers", 1), message)
    assert not (tmp_path / "results").exists()


def test_verify(cli: Cli) -> None:
    assert "synthetic: every byte is as its manifest says\n" in cli("show", "synthetic", "--verify").out


# import


@pytest.fixture
def frame() -> pd.DataFrame:
    space = Nb201()
    archs = [space.encode(arch) for arch in space.all()[:20]]
    return pd.DataFrame({"arch": archs, "v": np.linspace(50, 90, 20), "t": np.linspace(40, 80, 20)})


COLUMNS = ("--column", "v=valid_accuracy@12", "--column", "t=test_accuracy@12")
MINE = ("--name", "mine", "--space", "nb201", "--arch", "arch")


Change = Callable[[pd.DataFrame], pd.DataFrame]


def put(column: str, value: object) -> Change:
    return lambda frame: frame.assign(**{column: [*frame[column][:-1], value]})


@pytest.mark.parametrize(
    ("file", "change", "args", "message"),
    [
        ("none.csv", None, (*MINE, *COLUMNS), r"none\.csv cannot be read: No such file or directory"),
        (".", None, (*MINE, *COLUMNS), r"is neither \.csv nor \.parquet"),
        ("t.tsv", None, (*MINE, *COLUMNS), r"t\.tsv is neither \.csv nor \.parquet: a table is imported from one"),
        ("t.csv", None, (*MINE, "--column", "x=valid_accuracy@12"), "no column of the file is called 'x'. .*There are"),
        ("t.csv", None, (*MINE, "--column", "v"), r"'v' maps no column: write it as COLUMN=METRIC@EPOCHS"),
        ("t.csv", None, (*MINE, "--column", "v=valid_acc@12"), "no metric is called 'valid_acc'. Did you mean 'val"),
        ("t.csv", None, (*MINE, "--column", "v=valid_accuracy"), "says nothing of epochs: write valid_accuracy@EPOCHS"),
        ("t.csv", None, (*MINE[:4], *COLUMNS), "say which column names the architectures"),
        ("t.csv", None, (*MINE[:4], "--arch", "arc", *COLUMNS), r"no column of the file is called 'arc'\. Did you"),
        ("t.csv", None, ("--name", "mine", "--space", "nb202", *COLUMNS), "no space is called 'nb202'. Did you mean"),
        ("t.csv", None, (*MINE, *COLUMNS, "--classes", "7"), "no official data set of nb201 has 7 classes"),
        ("t.csv", None, (*MINE, *COLUMNS, "--dataset", "digit"), "no dataset is called 'digit'. Did you mean 'digits'"),
        ("t.csv", None, (*MINE, *COLUMNS, "--metric", "f1"), "metric 'f1': write it as NAME:UNIT:max|min:SPLIT"),
        ("t.csv", None, (*MINE[2:], *COLUMNS, "--name", "../x"), r"a table cannot be called '\.\./x': use letters"),
        ("t.csv", None, (*MINE[2:], *COLUMNS, "--name", "digits201"), "'digits201' is a benchmark of nasgauge itself"),
        ("t.csv", None, (*MINE[2:], *COLUMNS, "--name", "synthetic"), "already holds another table: give another name"),
        ("t.csv", put("arch", "01201210"), (*MINE, *COLUMNS), "row 20, column 'arch': '01201210' is no cell of nb201"),
        ("t.csv", put("v", "high"), (*MINE, *COLUMNS), "row 20, column 'v': 'high' is no number"),
        ("t.csv", put("v", np.inf), (*MINE, *COLUMNS), "row 20, column 'v': 'inf' is infinite: leave empty"),
        ("t.csv", put("v", 101), (*MINE, *COLUMNS), "row 20, column 'v': '101.0' is no percentage from 0 to 100"),
        ("t.csv", lambda f: f.assign(v=np.nan), (*MINE, *COLUMNS), "column 'v' holds no number at all: leave it out"),
        ("t.csv", lambda f: pd.concat([f, f[:1]]), (*MINE, *COLUMNS), "rows 1 and 21 hold the same architecture"),
        ("t.csv", lambda f: f[:0], (*MINE, *COLUMNS), r"t\.csv has no rows"),
    ],
)  # fmt: skip
def test_import_refuses_and_leaves_the_library_as_it_was(
    cli: Cli, library: Path, frame: pd.DataFrame, tmp_path: Path, file: str, change: Change | None,
    args: tuple[str, ...], message: str,
) -> None:  # fmt: skip
    (change(frame) if change else frame).to_csv(tmp_path / "t.csv", index=False)
    shutil.copy(tmp_path / "t.csv", tmp_path / "t.tsv")
    before = listing(library.parent)
    refused(cli("import", "table", file, *args), message)
    assert listing(library.parent) == before


def test_what_was_not_measured_stays_unmeasured(cli: Cli, library: Path, frame: pd.DataFrame, tmp_path: Path) -> None:
    put("v", np.nan)(frame).to_csv(tmp_path / "[odd] name.csv", index=False)
    outcome = cli("import", "table", "[odd] name.csv", *MINE, *COLUMNS)
    assert (outcome.code, outcome.err) == (0, "")
    assert "19 values at 12 epochs" in outcome.out
    assert "[odd] name.csv" in outcome.out
    assert "imported: nasgauge show mine\n" in outcome.out
    assert "90.00" not in cli("show", "mine", "19").out


def test_a_table_is_replaced_on_demand_only_and_by_a_good_one_only(
    cli: Cli, library: Path, frame: pd.DataFrame, tmp_path: Path
) -> None:
    frame.to_csv(tmp_path / "t.csv", index=False)
    put("v", "high")(frame).to_csv(tmp_path / "bad.csv", index=False)
    assert cli("import", "table", "t.csv", *MINE, *COLUMNS).code == 0
    before = listing(library.parent)
    refused(cli("import", "table", "t.csv", *MINE, "--column", "v=valid_accuracy@9"), "or --force to replace it")
    refused(cli("import", "table", "bad.csv", *MINE, *COLUMNS, "--force"), "'high' is no number")
    assert listing(library.parent) == before
    assert cli("import", "table", "t.csv", *MINE, "--column", "v=valid_accuracy@9", "--force").code == 0
    assert listing(library.parent) != before
    (library / "thesis").mkdir()
    (library / "thesis" / "chapter.tex").write_text("keep me")
    args = ("--name", "thesis", *MINE[2:], *COLUMNS, "--force")
    refused(cli("import", "table", "t.csv", *args), "exists and is no table: give another name, or remove it yourself")
    assert [path.name for path in (library / "thesis").iterdir()] == ["chapter.tex"]
    assert sorted(path.name for path in library.iterdir()) == ["mine", "synthetic", "thesis"]


# a table that does not know how long training takes


@pytest.fixture
def untimed(library: Path) -> Path:
    values = np.random.default_rng(0).uniform(10, 90, size=(15625, 1, 1))
    columns = [Values(metric.name, (Fidelity(12, 12),), (0,), values) for metric in tables.METRICS[:2]]
    write_table(library / "untimed", Content("nb201", tables.METRICS[:2], tuple(columns), {"source": "synthetic"}))
    return library / "untimed"


def test_a_budget_in_seconds_needs_a_table_with_seconds(cli: Cli, untimed: Path, tmp_path: Path) -> None:
    text = EXPERIMENT.partition("[[proxy]]")[0].replace("synthetic", "untimed")
    (tmp_path / "small.toml").write_text(text.replace("evaluations = 5", "seconds = 5"))
    outcome = cli("run", "small.toml", "--workers", 1)
    refused(
        outcome, "untimed does not say how long training takes; give the budget in epochs or evaluations, or import"
    )
    assert not (tmp_path / "results").exists()
    (tmp_path / "small.toml").write_text(text)
    assert cli("run", "small.toml", "--workers", 1).code == 0
    assert cli("run", "small.toml", "--workers", 1).code == 0, "an unfinished run would go on, too"
    searches = load(tmp_path / "results" / "small").searches
    assert searches.groupby("seed").size().tolist() == [5, 5]
    assert searches[["charged", "finished"]].isna().all(axis=None)
    assert searches["regret"].ge(0).all()
    outcome = cli("report", "results/small")
    assert outcome.code == 0
    assert outcome.out.endswith("report: results/small/report/index.html\n")
    assert "random_search" in outcome.out
    table = pd.read_csv("results/small/report/tables/search_0.csv")
    assert table["simulated_seconds"].isna().all()
    assert table["evaluations"].tolist() == [5]


def test_infinite_scores_are_told_in_the_log(cli: Cli, tmp_path: Path) -> None:
    """Though they are found before there is a folder to log into."""
    scores = "\n".join(f"{i},{'inf' if i < 3 else i % 7}" for i in range(15625))
    (tmp_path / "scores.csv").write_text(f"index,inf\n{scores}\n")
    (tmp_path / "x.toml").write_text(
        'name = "x"\n[[proxy]]\nbenchmark = "digits201"\narchitectures = 20\nseeds = 1\n'
        'proxy = [{ name = "column", file = "scores.csv", column = "inf" }]\n'
    )
    outcome = cli("run", "x.toml")
    assert outcome.code == 0
    assert "infinite" in (tmp_path / "results" / "x" / "log.txt").read_text()


def test_a_report_is_not_written_over_where_one_stands(cli: Cli, finished: Path) -> None:
    for place in (".", "", ".."):
        refused(cli("report", finished, "--out", place), r"is the folder that you are in, or holds it; name a folder")
    inside = finished / "manifest.json" / "report"
    refused(cli("report", finished, "--out", inside), r"manifest\.json is a file; name a folder for the report")
    assert sorted(path.name for path in finished.parent.parent.iterdir()) == ["results", "small.toml"]


def test_only_what_keeps_its_work_is_said_to_go_on(cli: Cli, finished: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("harness.commands.report.write_report", interrupted)
    outcome = cli("report", finished)
    assert (outcome.code, outcome.err) == (130, "nasgauge: interrupted\n")


def test_a_style_may_be_written_in_capitals(cli: Cli, finished: Path) -> None:
    assert cli("report", finished, "--style", "ICML", "--only", "tables").code == 0
    refused(cli("report", finished, "--style", "icmk"), r"no style is called 'icmk'\. Did you mean 'icml'")
