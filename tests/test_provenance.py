import json
import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from page_factory import manifest

from harness.core import TabularBenchmark
from harness.datasets.digits import digits
from harness.errors import BadValue
from harness.experiment.build import open_benchmark
from harness.experiment.config import read_experiment
from harness.experiment.datasets_read import checksum, checksums
from harness.experiment.plan import plan
from harness.live.dataset import Dataset, Part
from harness.live.images import LazyImages, Scale
from harness.provenance import code, code_digest, here, machine, record_session, session, sessions_in, sessions_of
from reports.page.environment import environment_terms
from reports.page.provenance import provenance

ROOT = Path(__file__).parents[1]
ENGINE = {"engine": "processes", "workers": 2}


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two packages in the place of ours."""
    for name, text in {"one/a.py": "a = 1\n", "one/inside/b.py": "b = 2\n", "two/c.py": "c = 3\n"}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(code, "_folders", lambda: [("one", tmp_path / "one"), ("two", tmp_path / "two")])
    return tmp_path


def digest_now() -> str:
    return code_digest.__wrapped__()


def test_the_digest_is_that_of_names_and_contents(packages: Path) -> None:
    first = digest_now()
    (packages / "one" / "notes.txt").write_text("no code")
    assert digest_now() == first
    (packages / "two" / "c.py").write_text("c = 4\n")
    assert digest_now() != first
    (packages / "two" / "c.py").write_text("c = 3\n")
    assert digest_now() == first
    (packages / "two" / "c.py").rename(packages / "two" / "d.py")
    assert digest_now() != first


def test_what_moves_from_one_file_to_the_next_changes_the_digest(packages: Path) -> None:
    first = digest_now()
    (packages / "one" / "a.py").write_text("a = 1\nb")
    (packages / "one" / "inside" / "b.py").write_text(" = 2\n")
    assert digest_now() != first


def test_the_digest_is_of_all_four_packages_and_the_same_in_another_process() -> None:
    assert [name for name, _ in code._folders()] == ["harness", "tabular", "proxies", "reports"]
    command = [sys.executable, "-c", "from harness.provenance import code_digest; print(code_digest())"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == digest_now()


def test_a_process_reads_its_code_once(packages: Path) -> None:
    code_digest.cache_clear()
    first = code_digest()
    (packages / "two" / "c.py").write_text("c = 4\n")
    assert code_digest() == first
    code_digest.cache_clear()


def test_libraries_are_those_that_nasgauge_asks_for_and_that_are_here(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = ["numpy>=1.26", "no-such-library>=1", 'pandas; extra == "more"', "pytest>=8; extra == 'test'"]
    monkeypatch.setattr(code, "requires", lambda _: asked)
    found = code.libraries.__wrapped__()
    assert list(found) == ["numpy", "pandas"]
    assert found["numpy"] == np.__version__


def git(folder: Path, *words: str) -> None:
    who = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
    subprocess.run(["git", "-C", str(folder), *who, *words], check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A git checkout of a package called harness, as the one that is installed."""
    (tmp_path / "harness" / "provenance").mkdir(parents=True)
    (tmp_path / "harness" / "core.py").write_text("x = 1\n")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "x")
    monkeypatch.setattr(code, "__file__", str(tmp_path / "harness" / "provenance" / "code.py"))
    monkeypatch.setattr(code, "PACKAGES", ("harness",))
    return tmp_path


def test_a_checkout_says_its_commit_and_whether_it_was_changed(repository: Path) -> None:
    clean = code.checkout.__wrapped__()
    assert len(clean["commit"]) == 40
    assert clean["changed"] is False
    (repository / "notes.txt").write_text("beside the package")
    assert code.checkout.__wrapped__() == clean
    (repository / "harness" / "core.py").write_text("x = 2\n")
    assert code.checkout.__wrapped__() == clean | {"changed": True}


def test_the_repository_around_an_environment_is_not_ours(repository: Path) -> None:
    git(repository, "rm", "-q", "--cached", "harness/core.py")
    git(repository, "commit", "-qm", "y", "--allow-empty")
    assert code.checkout.__wrapped__() == {}


@pytest.mark.parametrize("error", [FileNotFoundError("git"), subprocess.TimeoutExpired("git", 5)])
def test_without_git_nothing_is_said(repository: Path, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise error

    assert code.checkout.__wrapped__()
    monkeypatch.setattr(subprocess, "run", fails)
    assert code.checkout.__wrapped__() == {}


def test_a_session_says_who_made_the_results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("SECRET_TOKEN", "hush")
    monkeypatch.setattr(sys, "argv", ["/home/somebody/bin/nasgauge", "run", "my file.toml"])
    record_session(tmp_path, ENGINE)
    (found,) = sessions_in(tmp_path)
    assert found["command"] == ["nasgauge", "run", "my file.toml"]
    assert found["code"] == code_digest()
    assert found["libraries"]["numpy"] == np.__version__
    assert (found["engine"], found["workers"]) == ("processes", 2)
    assert found["machine"]["cores"] >= 1
    assert found["variables"]["OMP_NUM_THREADS"] == "1"
    assert found["began"].endswith("+00:00")
    text = (tmp_path / "environment.json").read_text()
    assert "hush" not in text
    assert "/home/somebody" not in text
    assert here().items() <= found.items()


def test_sessions_are_appended_and_the_first_and_the_last_hundred_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "_session", dict)
    for n in range(105):
        record_session(tmp_path, {"workers": n})
    assert [one["workers"] for one in sessions_in(tmp_path)] == [0, *range(5, 105)]


def test_a_folder_of_an_earlier_version_keeps_what_it_said(tmp_path: Path) -> None:
    (tmp_path / "environment.json").write_text('{"python": "3.11.1", "numpy": "1.26"}')
    record_session(tmp_path, ENGINE)
    first, second = sessions_in(tmp_path)
    assert first == {"python": "3.11.1", "numpy": "1.26"}
    assert second["engine"] == "processes"


@pytest.mark.parametrize("text", ["", "[1, 2]", '{"sessions": 3}', "[" * 100_000, '{"sessions": [1, {"a": 2}'])
def test_a_damaged_file_is_no_reason_not_to_run(tmp_path: Path, text: str) -> None:
    (tmp_path / "environment.json").write_text(text)
    record_session(tmp_path, ENGINE)
    assert len(sessions_in(tmp_path)) == 1


def test_a_damaged_file_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "environment.json").write_text("{")
    with caplog.at_level(logging.WARNING, "nasgauge"):
        record_session(tmp_path, ENGINE)
    assert "environment.json is damaged" in caplog.text


def test_a_long_command_is_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["x", *["word"] * 10_000])
    record_session(tmp_path, ENGINE)
    (found,) = sessions_in(tmp_path)
    assert found["command"][-1] == "..."
    assert len(found["command"]) == 1002


@pytest.mark.parametrize("value", [None, [], "x", {}, {"sessions": None}, {"sessions": ["x", 1]}])
def test_what_holds_no_sessions_has_none(value: Any) -> None:
    assert sessions_of(value) == []


def test_the_driver_names_the_gpus(tmp_path: Path) -> None:
    for n, model in enumerate(["NVIDIA A", "NVIDIA B"]):
        (tmp_path / f"{n}").mkdir()
        (tmp_path / f"{n}" / "information").write_text(f"Model: \t\t {model}\nIRQ:   16\n")
    assert machine._models(tmp_path) == ["NVIDIA A", "NVIDIA B"]
    assert machine._models(tmp_path / "nowhere") == []


# --- images


def dataset(images: Any, labels: Any, scale: Scale | None = None) -> Dataset:
    part = Part(images, np.asarray(labels))
    return Dataset("toy", 2, part, part, part, scale=scale)


def test_a_checksum_is_of_pixels_and_labels() -> None:
    images, labels = np.arange(32, dtype=np.float32).reshape(2, 1, 4, 4) / 255, [0, 1]
    first = checksum(dataset(images, labels))
    assert checksum(dataset(images.copy(), labels)) == first
    assert checksum(dataset(images, [1, 0])) != first
    other = images.copy()
    other[1, 0, 3, 3] += 1 / 255
    assert checksum(dataset(other, labels)) != first


def test_rounding_and_scale_do_not_matter() -> None:
    """Another processor's mean differs in the last bit."""
    raw = (np.arange(32) % 17 / 16).reshape(2, 1, 4, 4)
    found = set()
    for mean, std in [(0.3, 0.4), (0.3 + 1e-7, 0.4 - 1e-7), (0.0, 1.0)]:
        images = ((raw - mean) / std).astype(np.float32)
        found.add(checksum(dataset(images, [0, 1], Scale((mean,), (std,)))))
    assert len(found) == 1


def test_of_many_images_some_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def read(rows: Any) -> Any:
        asked.extend(rows.tolist())
        return np.zeros((len(rows), 1, 2, 2), np.uint8)

    monkeypatch.setattr("harness.experiment.datasets_read.WHOLE", 100)
    scale = Scale((0.5,), (0.5,))
    checksum(dataset(LazyImages(read, np.arange(1000), (1, 2, 2), scale), np.zeros(1000, int), scale))
    assert len(asked) == 3 * 64
    assert {0, 999} <= set(asked)


def test_a_data_set_that_is_not_here_has_no_checksum(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NASGAUGE_DATASETS", str(tmp_path))
    with pytest.raises(BadValue):
        open_cifar()
    assert checksums(["cifar10", "digits", ""]) == {"digits": checksum(digits())}


def open_cifar() -> None:
    from harness.datasets.cifar10 import cifar10

    cifar10()


@pytest.mark.parametrize(
    ("study", "named"),
    [
        ('[[search]]\nbenchmark = "digits_live"\nalgorithm = { name = "random_search", epochs = 1, schedule = 3, '
         'data = 0.25 }\nbudget = { evaluations = 1 }', True),
        ('[[search]]\nbenchmark = "digits201"\nalgorithm = "random_search"\nbudget = { evaluations = 1 }', False),
        ('[[search]]\nbenchmark = "digits201"\nalgorithm = "one_shot"\nbudget = { evaluations = 1 }', True),
        ('[[proxy]]\nbenchmark = "digits201"\nproxy = "params"', False),
        ('[[proxy]]\nbenchmark = "digits201"\nproxy = "snip"', True),
        ('[[proxy]]\nbenchmark = "digits201"\nproxy = "single_path"', True),
        ('[[proxy]]\nbenchmark = "digits201"\nproxy = { name = "reduced_epochs", epochs = 1, '
         'source = "digits_live" }', True),
    ],
)  # fmt: skip
def test_a_manifest_has_the_checksums_of_the_images_that_are_looked_at(tmp_path: Path, study: str, named: bool) -> None:
    (tmp_path / "x.toml").write_text(f'name = "x"\n{study}\nseeds = 1\n')
    assert isinstance(open_benchmark({"name": "digits201"}), TabularBenchmark)
    _, made = plan(read_experiment(tmp_path / "x.toml"))
    assert made.get("datasets") == ({"digits": checksum(digits())} if named else None)


# --- on the page


def made_by(**more: Any) -> dict[str, Any]:
    one = {"nasgauge": "0.1.0", "code": "ab" * 32, "python": "3.11.9", "libraries": {"numpy": "2.4"}}
    return one | {"machine": {"cpu": "A", "cores": 4, "memory_gib": 8.0}} | more


def test_the_page_shows_what_all_sessions_say() -> None:
    first = made_by(git={"commit": "12" * 20, "changed": True}, gpus=["G", "G"], engine="dask", workers=3)
    second = made_by(machine={"cpu": "B"}, libraries={"numpy": "2.5"}, command=["nasgauge", "/home/me/x.toml"])
    found = environment_terms({"version": "0.1.0", "environment": {"sessions": [first, second]}})
    terms = dict(found)
    assert found[0] == ("nasgauge", "0.1.0")
    assert terms["code"] == "abababababab"
    assert terms["commit"] == "121212121212, and changed since"
    assert terms["processor"] == "A; B"
    assert terms["GPUs"] == "G, G"
    assert terms["done by"] == "dask, 3 at a time"
    assert terms["numpy"] == "2.4; 2.5"
    assert terms["sessions"] == "2"
    assert "/home/me" not in str(found)


def test_many_values_are_counted() -> None:
    sessions = [made_by(began=str(n)) for n in range(10)]
    assert dict(environment_terms({"environment": {"sessions": sessions}}))["begun"] == "0; 1; 2; and 7 more"


@pytest.mark.parametrize(
    "environment", [{"libraries": 3, "git": [], "gpus": 1, "machine": "x"}, None, 3, {"sessions": 1}]
)
def test_a_strange_file_is_shown_as_far_as_it_goes(environment: Any) -> None:
    assert environment_terms({"version": "1", "environment": environment})[0] == ("nasgauge", "1")


def test_the_page_names_the_images() -> None:
    shown = provenance([manifest() | {"datasets": {"digits": "ef" * 32}}], {(0, 0): 0, (0, 1): 1})[0]
    assert [(one.benchmark, one.terms) for one in shown.images] == [("digits", [("sha256", "ef" * 32)])]
    assert json.dumps(provenance([manifest() | {"datasets": 3}], {})[0].images) == "[]"
