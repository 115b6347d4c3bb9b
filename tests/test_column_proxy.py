"""A column of somebody's scores as a proxy."""

import hashlib
import inspect
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from harness import registry
from harness.core import Proxy
from harness.errors import BadValue, UnknownName
from harness.space import SearchSpace
from harness.spaces.nats_sss import NatsSss
from harness.spaces.nb201 import CONV3, NONE, SKIP, Nb201
from proxies.given.column import Column

SPACE = Nb201()
ALL = SPACE.all()
ROWS = [5, 0, 15_624, 77, 9]
SCORES = [0.5, -1.0, 3.25, 0.1 + 0.2, 1e-300]


def benchmark(space: SearchSpace = SPACE) -> Any:
    return SimpleNamespace(space=space)


def proxy(file: Path, space: SearchSpace = SPACE, **options: Any) -> Column:
    given: Any = {"column": "mine", "file": str(file), "seed": 0} | options
    return Column(benchmark(space), **given)


def scores(file: Path, rows: list[int] = ROWS, **options: Any) -> list[float]:
    return proxy(file, **options).score([ALL[row] for row in rows]).tolist()


def write(path: Path, **columns: Any) -> Path:
    frame = pd.DataFrame(columns)
    frame.to_csv(path, index=False) if path.suffix == ".csv" else frame.to_parquet(path)
    return path


@pytest.fixture(params=["scores.csv", "scores.parquet"])
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return tmp_path / request.param


def texts(rows: list[int] = ROWS) -> list[str]:
    return [SPACE.encode(ALL[row]) for row in rows]


def test_it_is_found_by_its_name_and_documents_itself() -> None:
    assert registry.load("proxy", "column") is Column
    assert issubclass(Column, Proxy)
    options = inspect.signature(Column).parameters
    assert [name for name, option in options.items() if option.default is inspect.Parameter.empty] == [
        "benchmark",
        "seed",
    ]


class TestArchitectures:
    @pytest.mark.parametrize("name", ["idx", "index", "arch_index"])
    def test_stand_there_by_index(self, name: str, file: Path) -> None:
        write(file, **{"row": [1] * 5, name: ROWS, "mine": SCORES})
        assert scores(file) == SCORES

    def test_stand_there_as_strings_in_a_column_of_any_name(self, file: Path) -> None:
        write(file, family=["a"] * 5, cell=texts(), mine=SCORES)
        assert scores(file) == SCORES

    def test_as_strings_are_taken_before_an_index_which_may_be_the_row(self, file: Path) -> None:
        write(file, index=range(5), arch=texts(), mine=SCORES)
        assert scores(file) == SCORES
        assert scores(file, [0, 1, 2, 3, 4], index="index") == SCORES

    def test_stand_in_the_named_column(self, file: Path) -> None:
        write(file, idx=[1, 2, 3, 4, 6], number=ROWS, first=texts([3] * 5), second=texts(), mine=SCORES)
        assert scores(file, index="number") == SCORES
        assert scores(file, arch="second") == SCORES
        with pytest.raises(
            BadValue, match=r"names architectures in 'first' and in 'second': say which.*arch = 'first'"
        ):
            proxy(file)
        with pytest.raises(BadValue, match="name the architectures by one of them"):
            proxy(file, arch="second", index="number")
        with pytest.raises(UnknownName, match=r"'secnd'\. Did you mean 'second'"):
            proxy(file, arch="secnd")
        with pytest.raises(UnknownName, match=r"'nummer'\. Did you mean 'number'"):
            proxy(file, index="nummer")

    def test_go_by_the_official_order_when_there_is_a_row_for_each(self, file: Path) -> None:
        write(file, mine=np.arange(15_625) / 8)
        assert scores(file) == [row / 8 for row in ROWS]
        write(file, mine=np.arange(15_624) / 8, other=1)
        with pytest.raises(BadValue, match=r"which architectures its 15,624 rows are about.*It has mine, other"):
            proxy(file)

    def test_without_a_row_or_a_number_are_undefined(self, file: Path) -> None:
        write(file, idx=ROWS, mine=[0.5, None, 3.25, np.nan, 1e-300])
        np.testing.assert_array_equal(scores(file, [*ROWS, 1234]), [0.5, np.nan, 3.25, np.nan, 1e-300, np.nan])

    def test_that_compute_the_same_have_a_score_each(self, file: Path) -> None:
        one, other = (CONV3, NONE, NONE, SKIP, NONE, NONE), (NONE, NONE, NONE, SKIP, NONE, NONE)
        assert SPACE.canonical(one) == SPACE.canonical(other)
        write(file, arch=[SPACE.encode(one), SPACE.encode(other)], mine=[1.0, 2.0])
        assert proxy(file).score([one, other]).tolist() == [1.0, 2.0]

    def test_twice_are_fine_when_they_say_the_same(self, file: Path) -> None:
        write(
            file, idx=[3, 4, 3, 4], mine=[1.0, None, 1.0, None], other=[1.0, 2.0, 1.5, 2.0], half=[1.0, 2.0, None, 2.0]
        )
        np.testing.assert_array_equal(scores(file, [3, 4]), [1.0, np.nan])
        with pytest.raises(BadValue, match=r"rows 1 and 3 of .* same architecture, and column 'other' says 1 and 1\.5"):
            proxy(file, column="other")
        with pytest.raises(BadValue, match="column 'half' says 1 and nan"):
            proxy(file, column="half")

    def test_of_other_spaces_keep_their_leading_digits(self, file: Path) -> None:
        space = NatsSss()
        write(file, arch=["8:8:8:16:32", "64:64:64:64:64"], mine=[1, 2])
        assert proxy(file, space).score([space.decode("64:64:64:64:64"), space.decode("8:8:8:16:32")]).tolist() == [
            2,
            1,
        ]

    @pytest.mark.parametrize(("index", "shown"), [(15_625, "15625"), (-1, "-1"), (1.5, "1.5")])
    def test_outside_the_space_are_refused(self, index: float, shown: str, file: Path) -> None:
        write(file, idx=[0, index], mine=[1.0, 2.0])
        with pytest.raises(BadValue, match=rf"row 2, column 'idx': .*{shown}.* is no index of nb201, 0 to 15624"):
            proxy(file)
        write(file, arch=[*texts([1]), "|skip~0|"], mine=[1.0, 2.0])
        with pytest.raises(BadValue, match=r"row 2, column 'arch': '\|skip~0\|' is no cell of nb201"):
            proxy(file)


class TestScores:
    def test_point_upwards(self, file: Path) -> None:
        write(file, idx=ROWS, mine=SCORES)
        assert scores(file, higher=False) == [-score for score in SCORES]
        with pytest.raises(BadValue, match="higher = 'no': give true, or false"):
            proxy(file, higher="no")

    def test_that_are_infinite_are_undefined_and_counted(self, file: Path, caplog: pytest.LogCaptureFixture) -> None:
        write(file, idx=ROWS, mine=[0.5, np.inf, 3.25, -np.inf, 1.0])
        np.testing.assert_array_equal(scores(file), [0.5, np.nan, 3.25, np.nan, 1.0])
        assert "2 infinite scores in column 'mine' count as undefined" in caplog.text

    def test_are_numbers(self, file: Path) -> None:
        write(
            file, idx=[1, 2], index=[1, 2], mine=[1.0, 2.0], word=["1", "high"], none=[None, None], flag=[True, False]
        )
        with pytest.raises(BadValue, match="row 2, column 'word': 'high' is no number"):
            proxy(file, column="word")
        with pytest.raises(BadValue, match=r"row 1, column 'flag': .*True.* is no number"):
            proxy(file, column="flag")
        with pytest.raises(BadValue, match=r"column 'none' of .* holds no number at all: name one of mine$"):
            proxy(file, column="none")
        with pytest.raises(UnknownName, match=r"'min'\. Did you mean 'mine'"):
            proxy(file, column="min")
        write(file, row=[1, 2], none=[None, None])
        with pytest.raises(BadValue, match=r"holds no number at all: and no other does; give another file$"):
            proxy(file, column="none", index="row")
        write(file, idx=[1, 2], none=[None, None], **{f"text{i}": ["a", "b"] for i in range(21)}, late=[1.0, 2.0])
        with pytest.raises(BadValue, match=r"all: and none of the first 20 others does; give another file$"):
            proxy(file, column="none")
        write(file, idx=[1, 2], mine=["1_000", "2"])
        with pytest.raises(BadValue, match="'1_000' is no number"):
            proxy(file)

    def test_come_with_what_they_cost(self, file: Path) -> None:
        write(file, idx=ROWS, mine=[0.5, None, 3.25, None, 1.0], took=[2.0, 3.0, 4.0, None, 6.0], bad=[1, 1, -1, 1, 1])
        for rows, spent in ((ROWS, 15.0), (ROWS[:1], 2.0), ([*ROWS[:2], 1234], 5.0)):
            known = proxy(file, seconds="took")
            known.score([ALL[row] for row in rows])
            assert known.spent == spent
        fixed = proxy(file, seconds=0.5)
        assert fixed.spent == 0.0
        fixed.score([ALL[row] for row in ROWS])
        fixed.score([ALL[row] for row in ROWS[:1]])
        assert fixed.spent == 4 * 0.5
        with pytest.raises(BadValue, match="holds -1 seconds"):
            proxy(file, seconds="bad")
        for wrong in (-1, float("inf"), True):
            with pytest.raises(BadValue, match=f"seconds = {wrong}: give a number of seconds"):
                proxy(file, seconds=wrong)

    def test_of_unknown_cost_make_the_cost_unknown(self, file: Path) -> None:
        write(file, idx=[1, 2], mine=[0.5, 1.0], took=[2.0, None])
        known = proxy(file, seconds="took")
        known.score([ALL[2]])
        assert np.isnan(known.spent)

    def test_cost_what_nobody_knows_unless_it_is_said(self, file: Path) -> None:
        write(file, idx=[1, 2], mine=[0.5, None])
        known = proxy(file)
        known.score([ALL[2], ALL[3]])
        assert known.spent == 0.0
        known.score([ALL[1]])
        assert np.isnan(known.spent)

    def test_are_the_same_for_every_seed(self, file: Path) -> None:
        write(file, idx=ROWS, mine=SCORES)
        assert scores(file, seed=3) == scores(file, seed=0) == SCORES


class TestFile:
    def test_that_has_changed_is_another(self, file: Path) -> None:
        write(file, idx=ROWS, mine=SCORES)
        first = proxy(file).fingerprint
        assert first == hashlib.sha256(file.read_bytes()).hexdigest()
        write(file, idx=ROWS, mine=SCORES[::-1])
        assert proxy(file).fingerprint != first
        assert scores(file) == SCORES[::-1]

    def test_is_looked_for_in_the_current_folder(self, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        write(file, idx=ROWS, mine=SCORES)
        monkeypatch.chdir(file.parent)
        assert scores(Path(file.name)) == SCORES
        with pytest.raises(BadValue, match=rf"'none\.csv' cannot be read.*No such file.*from {file.parent} on"):
            proxy(Path("none.csv"))

    def test_must_be_one_that_can_be_read(self, file: Path) -> None:
        file.write_bytes(b"")
        with pytest.raises(BadValue, match=f"is no valid {file.suffix[1:]} file"):
            proxy(file)
        write(file, idx=[], mine=[])
        with pytest.raises(BadValue, match="has no rows"):
            proxy(file)
        other = file.with_suffix(".xlsx")
        other.write_bytes(b"")
        with pytest.raises(BadValue, match=r"scores\.xlsx is neither \.csv nor \.parquet"):
            proxy(other)

    @pytest.mark.parametrize("missing", ["file", "column"])
    def test_and_column_must_be_given(self, missing: str, file: Path) -> None:
        write(file, idx=ROWS, mine=SCORES)
        with pytest.raises(BadValue, match=rf"{missing} = '': say where the scores are.*name = \"column\""):
            Column(benchmark(), seed=0, **({"file": str(file), "column": "mine"} | {missing: ""}))

    def test_with_rows_longer_than_the_header(self, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_text("idx,mine\n1,2,3\n")
        with pytest.raises(BadValue, match="more fields than its header"):
            proxy(tmp_path / "a.csv")

    def test_may_have_an_index_of_pandas(self, tmp_path: Path) -> None:
        pd.DataFrame({"mine": SCORES}, index=pd.Index(ROWS, name="idx")).to_parquet(tmp_path / "a.parquet")
        assert scores(tmp_path / "a.parquet") == SCORES
