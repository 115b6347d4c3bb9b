from pathlib import Path

import pytest

from harness.errors import BadValue, NasgaugeError
from harness.experiment.blocks import studies_of
from harness.experiment.config import read_experiment

GOOD = """name = "x"

[[search]]
benchmark = "synthetic"
algorithm = ["random_search", { name = "regularized_evolution", population = [5, 10] }]
seeds = 4
budget = { seconds = 100 }

[[proxy]]
benchmark = "synthetic"
proxy = "params"
architectures = 50
"""


def read(tmp_path: Path, text: str):  # type: ignore[no-untyped-def]
    path = tmp_path / "x.toml"
    path.write_text(text)
    return read_experiment(path)


def test_lists_are_grids_and_labels_tell_them_apart(tmp_path: Path) -> None:
    search, proxy = studies_of(read(tmp_path, GOOD))
    assert list(search.items) == [
        "random_search",
        "regularized_evolution(population=5)",
        "regularized_evolution(population=10)",
    ]
    assert list(proxy.items) == ["params"]
    assert proxy.number == 1


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("seeds = 4", "seed = 4", r"line 6: unknown key 'seed'. Did you mean 'seeds'\? Allowed here: benchmark, alg"),
        ("seconds = 100", "second = 100", r"line 7: unknown key 'second'. Did you mean 'seconds'\?"),
        ("seeds = 4", "seeds = 0", "line 6: search.seeds = 0: give at least 1"),
        ('proxy = "params"\n', "", "line 9: 'proxy' is missing"),
        ('proxy = "params"', "proxy = []", "line 11: proxy.proxy: the list is empty"),
        ("name = \"x\"\n", "name = \"../x\"\n", "line 1: name: \"../x\" names no results folder"),
        ("[[proxy]]", "[[prozy]]", r"line 9: unknown key 'prozy'. Did you mean 'proxy'\?"),
        ("seeds = 4", "seeds = = 4", "is no TOML.*line 6"),
        ("{ name = \"regularized_evolution\",", "{ nam = \"regularized_evolution\",", "has no name"),
    ],
)  # fmt: skip
def test_an_error_names_the_line_and_the_nearest_key(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in GOOD
    with pytest.raises(BadValue, match=message):
        read(tmp_path, GOOD.replace(old, new))


def test_an_experiment_without_studies_or_without_a_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BadValue, match=r"holds no \[\[search\]\] and no \[\[proxy\]\]"):
        read(tmp_path, 'name = "x"\n')
    with pytest.raises(BadValue, match=r"cannot read .*nowhere.toml: No such file"):
        read_experiment(tmp_path / "nowhere.toml")


def test_a_label_twice_is_an_error(tmp_path: Path) -> None:
    experiment = read(tmp_path, GOOD.replace('proxy = "params"', 'proxy = ["params", "params"]'))
    with pytest.raises(NasgaugeError, match=r"params is named twice"):
        studies_of(experiment)


@pytest.mark.parametrize(
    "path", sorted((Path(__file__).parents[1] / "experiments").glob("*.toml")), ids=lambda p: p.stem
)
def test_the_shipped_experiments_are_well_formed(path: Path) -> None:
    assert read_experiment(path).name == path.stem


def test_a_label_says_what_wraps_a_search(tmp_path):
    text = 'name = "x"\n[[search]]\nbenchmark = "digits201"\nbudget = { evaluations = 3 }\n'
    text += 'algorithm = ["random_search", { name = "local_search", constraint = { at_most = 6 } }]\n'
    (study,) = studies_of(read(tmp_path, text))
    assert list(study.items) == ["random_search", "local_search(constraint(at_most=6))"]


def test_a_schedule_is_all_that_a_search_is_offered(tmp_path, data):
    from harness.experiment.blocks import open_benchmark
    from harness.problem import problem_of

    table = open_benchmark({"name": "synthetic"})
    assert problem_of(table, ("valid_accuracy",), 4).fidelities == table.fidelities
    with pytest.raises(BadValue, match="no schedule of 12 epochs: give one of 4"):
        problem_of(table, ("valid_accuracy",), 12)
