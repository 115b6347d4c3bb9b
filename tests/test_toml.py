"""An experiment written as TOML is the experiment that was read."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.experiment.config import read_experiment
from reports.page.toml import to_toml

EXPERIMENTS = sorted((Path(__file__).parent.parent / "experiments").glob("*.toml"))

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
scalars = st.one_of(
    texts, st.booleans(), st.integers(-(2**60), 2**60), st.floats(allow_nan=False, allow_infinity=False)
)
options = st.dictionaries(texts, st.one_of(scalars, st.lists(scalars, min_size=1, max_size=3)), max_size=4)


@pytest.mark.parametrize("path", EXPERIMENTS, ids=lambda path: path.stem)
def test_every_experiment_comes_back(path: Path, tmp_path: Path) -> None:
    experiment = read_experiment(path)
    stored = json.loads(json.dumps(experiment.model_dump(exclude_none=True)))
    again = tmp_path / path.name
    again.write_text(to_toml(stored), encoding="utf-8")
    assert read_experiment(again) == experiment
    assert max(map(len, to_toml(stored).splitlines())) < 200


def test_there_are_experiments_to_try() -> None:
    assert len(EXPERIMENTS) >= 10


@given(name=texts, sections=st.lists(options, min_size=1, max_size=3), nested=options)
def test_whatever_names_and_values_are_it_comes_back(
    name: str, sections: list[dict[str, Any]], nested: dict[str, Any]
) -> None:
    experiment = {"name": name, "a table": nested, "proxy": [{"options": one, **one} for one in sections]}
    assert tomllib.loads(to_toml(experiment)) == experiment


def test_the_form_is_the_one_that_people_write() -> None:
    experiment = {
        "name": "x", "claim": [], "search": [{"benchmark": [{"name": "b"}], "seeds": 3, "schedule": None,
        "budget": {"seconds": 60.0}, "algorithm": [{"name": f"a_{'long' * 8}", "eta": i} for i in range(3)]}],
    }  # fmt: skip
    entries = "\n".join(f'    {{ name = "a_{"long" * 8}", eta = {i} }},' for i in range(3))
    assert to_toml(experiment) == (
        'name = "x"\n\n[[search]]\nbenchmark = [{ name = "b" }]\nseeds = 3\nbudget = { seconds = 60.0 }\n'
        f"algorithm = [\n{entries}\n]\n"
    )


def test_what_toml_does_not_know_is_refused() -> None:
    with pytest.raises(TypeError, match="no value for"):
        to_toml({"name": b"x"})
