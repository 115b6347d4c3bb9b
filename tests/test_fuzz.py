"""Every reader of foreign files against damaged ones; what was found once stays found."""

import random
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from fuzz import catalogue
from fuzz.attempt import Finding, attempt, limits
from fuzz.mutate import LARGEST, Mutator, mutated
from fuzz.run import Run, fuzz
from fuzz.spoil import spoilt
from fuzz.toml_text import toml_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.errors import BadValue, NasgaugeError

NAMES = catalogue.names()
SECONDS = 2.1
"""Of the processor for each target, of which there are 28: a minute in all."""


@pytest.fixture(autouse=True)
def limited(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setenv("NASGAUGE_DATA", str(tmp_path / "none"))
    monkeypatch.chdir(tmp_path)
    with limits(memory=False):
        yield


@pytest.mark.parametrize("name", NAMES)
def test_sound_inputs_are_read(name: str) -> None:
    target = catalogue.target(name)
    read = 0
    for data in target.seeds():
        try:
            target.check(data)
        except BadValue:
            continue
        read += 1
    assert read > 0


@pytest.mark.parametrize("name", NAMES)
def test_damaged_inputs_are_read_or_refused(name: str) -> None:
    target = catalogue.target(name)
    make = Mutator(target, seed=1)
    assert [finding for data in inputs(make, target) if (finding := finding_of(target, data))] == []


def finding_of(target: ModuleType, data: bytes) -> Finding | None:
    """What is wrong with an input; too slow is what is so twice: the clock counts every thread of this process."""
    first = attempt(target.check, data)
    return attempt(target.check, data) if first and first.where.startswith("TooSlow") else first


def inputs(make: Mutator, target: ModuleType) -> Iterator[bytes]:
    """Always the same ones, fewer on a slow machine."""
    end = time.process_time() + SECONDS
    for number in range(len(target.seeds()), 10_000):
        if time.process_time() > end:
            return
        yield make(number)


QUICK = [
    "archs",
    "column",
    "experiment",
    "halves",
    "latency_table",
    "nb_macro",
    "packed",
    "pickled",
    "torch_files",
    "words",
]


@pytest.mark.parametrize("name", QUICK)
def test_arbitrary_bytes(name: str) -> None:
    target = catalogue.target(name)
    target.seeds()

    @settings(max_examples=60, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.binary(max_size=300) | st.text(max_size=100).map(lambda text: text.encode("utf-8", "replace")))
    def arbitrary(data: bytes) -> None:
        assert attempt(target.check, data) is None

    arbitrary()


def test_the_same_number_gives_the_same_input() -> None:
    target = catalogue.target("words")
    first, again, other = (Mutator(target, seed) for seed in (3, 3, 4))
    drawn = [first(number) for number in range(200)]
    assert [again(number) for number in reversed(range(200))] == drawn[::-1]
    assert [other(number) for number in range(200)] != drawn
    assert len(set(drawn)) > 150


@settings(max_examples=200, derandomize=True, deadline=None, database=None)
@given(st.binary(max_size=200), st.binary(max_size=200), st.integers(0, 1000))
def test_bytes_stay_few(data: bytes, other: bytes, seed: int) -> None:
    assert len(mutated(data, other, random.Random(seed))) <= LARGEST


def test_spoilt_values_differ_and_leave_the_value_alone() -> None:
    value = {"a": [1, {"b": "text"}], "c": 2.5}
    made = [spoilt(value, random.Random(seed)) for seed in range(200)]
    assert value == {"a": [1, {"b": "text"}], "c": 2.5}
    assert sum(repr(one) != repr(value) for one in made) > 180
    assert len(set(map(repr, made))) > 100


def test_toml_says_what_the_value_does() -> None:
    value = {"x": [1, -2.5, True, 'a"b\n'], "search": [{"a": {"b c": [1]}, "d": float("inf")}, {"a": 2}]}
    assert tomllib.loads(toml_of(value).decode()) == value


class TestAttempt:
    def test_what_is_refused_in_words_is_no_finding(self) -> None:
        def check(data: bytes) -> None:
            raise BadValue("no")

        assert attempt(check, b"") is None

    def test_other_errors_are(self) -> None:
        def check(data: bytes) -> None:
            {}[data]

        finding = attempt(check, b"x")
        assert finding is not None
        assert finding.where.startswith("KeyError at ")
        assert "{}[data]" in finding.details

    def test_what_takes_too_long_is(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("fuzz.attempt.SECONDS", 0.1)

        def check(data: bytes) -> None:
            while True:
                pass

        finding = attempt(check, b"")
        assert finding is not None
        assert finding.where.startswith("TooSlow")

    def test_memory_that_ran_out_behind_a_refusal_is(self) -> None:
        def check(data: bytes) -> None:
            try:
                raise MemoryError
            except MemoryError as error:
                raise NasgaugeError("too large") from error

        assert attempt(check, b"") is not None


def test_the_driver_survives_what_kills_a_reader(tmp_path: Path) -> None:
    tried, _ = fuzz("_dies", Run("mutate", 60, 82, 12, tmp_path))
    assert tried == 12  # of which the tenth killed the process, and the others ran in the next one
    kinds = {path.read_text().partition("\n")[0].partition(" at ")[0] for path in tmp_path.glob("*.txt")}
    assert kinds == {"the process ended with -9", "MemoryError", "KeyError"}
    target = catalogue.target("_dies")
    (killer,) = tmp_path.glob("*crash9*.bin")
    assert killer.read_bytes() == Mutator(target, 82)(9)


def test_the_driver_finds_nothing_where_nothing_is(tmp_path: Path) -> None:
    assert fuzz("words", Run("mutate", 60, 0, 50, tmp_path))[0] == 50
    assert list(tmp_path.iterdir()) == []
