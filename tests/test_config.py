from pathlib import Path

import pytest

from harness.errors import BadValue, NasgaugeError
from harness.experiment.blocks import studies_of
from harness.experiment.claim_section import ClaimSection
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


CLAIM = """
[[claim]]
text = "size is nearly all"
proxy = "params"
benchmark = "synthetic"
statistic = "spearman"
low = 0.6
high = 0.9
"""


def test_a_claim_is_read(tmp_path: Path) -> None:
    (claim,) = read(tmp_path, GOOD + CLAIM).claim
    assert (claim.text, claim.proxy, claim.benchmark) == ("size is nearly all", "params", "synthetic")
    assert (claim.statistic, claim.low, claim.high) == ("spearman", 0.6, 0.9)
    (claim,) = read(tmp_path, GOOD + CLAIM.replace('statistic = "spearman"\nlow = 0.6\n', "")).claim
    assert (claim.statistic, claim.low, claim.high) == ("kendall", None, 0.9)
    (claim,) = read(tmp_path, GOOD + CLAIM.replace("low = 0.6", "low = 0.9")).claim
    assert (claim.low, claim.high) == (0.9, 0.9)


def test_a_claim_about_a_benchmark_needs_the_proxy_there(tmp_path: Path) -> None:
    text = GOOD + '[[proxy]]\nbenchmark = "digits201"\nproxy = "flops"\n' + CLAIM
    assert read(tmp_path, text).claim[0].benchmark == "synthetic"
    with pytest.raises(BadValue, match=r"no proxy of a study is called 'params'.* There are: flops\."):
        read(tmp_path, text.replace('benchmark = "synthetic"\nstatistic', 'benchmark = "digits201"\nstatistic'))


@pytest.mark.parametrize("letter", [r"\n", r"\t", r"\u001b", r"\u0085", r"\u2028"])
def test_a_label_is_one_line(letter: str, tmp_path: Path) -> None:
    named = GOOD.replace('proxy = "params"', 'proxy = { name = "params", label = "weights, λ" }')
    (study,) = (one for one in studies_of(read(tmp_path, named)) if one.kind == "proxy")
    assert list(study.items) == ["weights, λ"]
    with pytest.raises(
        BadValue, match=r"label = \"weights.*: leave out line breaks, tabs and other control characters"
    ):
        read(tmp_path, named.replace("weights, ", f"weights{letter}"))


def test_a_claim_may_be_about_a_label(tmp_path: Path) -> None:
    text = GOOD.replace('proxy = "params"', 'proxy = [{ name = "random_forest", train = [5, 10] }]')
    for proxy in ("random_forest", "random_forest(train=10)"):
        (claim,) = read(tmp_path, text + CLAIM.replace('"params"', f'"{proxy}"')).claim
        assert claim.proxy == proxy
    with pytest.raises(BadValue, match=r"no proxy of a study is called 'random_forest\(train=20\)'. Did you mean"):
        read(tmp_path, text + CLAIM.replace('"params"', '"random_forest(train=20)"'))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"params"', '"parms"', r"line 14: no proxy of a study is called 'parms'. Did you mean 'params'\?"),
        ('"synthetic"', '"syntetic"', r"line 14: no benchmark of a proxy study is called 'syntetic'. Did you mean"),
        ("low = 0.6", "low = 0.95", "line 14: claim: low = 0.95 is above high = 0.9"),
        ("low = 0.6\nhigh = 0.9", "", "line 14: claim: neither low nor high is given"),
        ("low = 0.6", "low = -1.5", r"line 19: claim.low = -1.5: give at least -1"),
        ("high = 0.9", "high = 90", "line 20: claim.high = 90: give at most 1"),
        ("low = 0.6", "low = nan", "line 19: claim.low = NaN: give a finite number"),
        ("high = 0.9", "high = nan", "line 20: claim.high = NaN: give a finite number"),
        ('"spearman"', '"pearson"', "line 18: claim.statistic = \"pearson\": give 'kendall' or 'spearman'"),
        ('"size is nearly all"', '""', 'line 15: claim.text = "": give at least 1 character'),
        ('text = "size is nearly all"\n', "", "line 14: 'text' is missing"),
        ("low = 0.6", "lowest = 0.6", r"line 19: unknown key 'lowest'. Did you mean 'low'\? Allowed here: text, pr"),
        ("[[claim]]", "[claim]", "every study or claim begins with a line of its own"),
    ],
)  # fmt: skip
def test_an_error_in_a_claim_names_the_line(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in CLAIM
    with pytest.raises(BadValue, match=message):
        read(tmp_path, GOOD + CLAIM.replace(old, new))


LEAD = CLAIM.replace('benchmark = "synthetic"\n', 'than = "flops"\n').replace("0.6", "-1.5").replace("0.9", "2")
WATCHED = CLAIM.replace('benchmark = "synthetic"\nstatistic = "spearman"\n', 'measure = "latency"\n').replace(
    "0.9", "90"
)
BOTH = GOOD.replace('proxy = "params"', 'proxy = ["params", "flops", { name = "random_forest", train = [5, 10] }]')


def test_a_claim_may_compare_two_proxies_or_be_about_what_was_watched(tmp_path: Path) -> None:
    (lead,) = read(tmp_path, BOTH + LEAD).claim
    assert (lead.proxy, lead.than, lead.statistic, lead.low, lead.high) == ("params", "flops", "spearman", -1.5, 2)
    (watched,) = read(tmp_path, BOTH + WATCHED).claim
    assert (watched.measure, watched.statistic, watched.low, watched.high) == ("latency", "kendall", 0.6, 90)


def test_what_a_manifest_says_of_a_claim_is_a_claim_again(tmp_path: Path) -> None:
    for text in (LEAD, WATCHED):
        (claim,) = read(tmp_path, BOTH + text).claim
        assert ClaimSection(**claim.model_dump(exclude_none=True)) == claim


@pytest.mark.parametrize(
    ("text", "old", "new", "message"),
    [
        (LEAD, '"flops"', '"flop"', r"line 14: no proxy of a study is called 'flop'. Did you mean 'flops'\?"),
        (LEAD, '"flops"', '"params"', 'line 14: claim: than = "params" is the proxy itself'),
        (LEAD, '"flops"', '"random_forest"', r"line 14: than = 'random_forest' stands for several proxies: name one "
         r"of random_forest\(train=5\), random_forest\(train=10\)"),
        (LEAD, "-1.5", "-2.5", "line 19: claim.low = -2.5: give at least -2"),
        (LEAD, "high = 2", "high = 2.5", "line 20: claim.high = 2.5: give at most 2"),
        (LEAD, "than =", "thn =", "line 17: unknown key 'thn'. Did you mean 'than'"),
        (LEAD, "low = ", 'measure = "entropy"\nlow = ', "line 14: claim: than and measure are both given"),
        (WATCHED, "high = 90", "high = inf", "line 19: claim.high = Infinity: give a finite number"),
        (WATCHED, "low = 0.6\nhigh = 90", "", "line 14: claim: neither low nor high is given"),
        (WATCHED, '"latency"', '""', 'line 17: claim.measure = "": give at least 1 character'),
        (WATCHED, '"latency"', '"score"', 'line 14: claim: measure = "score": how well scores rank is a correlation'),
        (WATCHED, '"latency"', '"derived"', 'line 14: claim: measure = "derived": .* write "derived_skips"'),
        (WATCHED, "low =", 'statistic = "spearman"\nlow =',
         'line 14: claim: statistic = "spearman" is a correlation: leave it out where measure is given'),
    ],
)  # fmt: skip
def test_an_error_in_a_claim_of_another_kind_names_the_line(
    tmp_path: Path, text: str, old: str, new: str, message: str
) -> None:
    assert old in text
    with pytest.raises(BadValue, match=message):
        read(tmp_path, BOTH + text.replace(old, new))


def test_two_proxies_that_are_compared_must_be_of_one_study(tmp_path: Path) -> None:
    apart = GOOD + '[[proxy]]\nbenchmark = "digits201"\nproxy = "flops"\n'
    with pytest.raises(BadValue, match="no study has both 'params' and 'flops': put them into one"):
        read(tmp_path, apart + LEAD)


def test_a_name_that_stands_for_the_other_proxy_alone_is_compared_with_nobody(tmp_path: Path) -> None:
    text = GOOD.replace('proxy = "params"', 'proxy = [{ name = "params", label = "weights" }, "flops"]')
    with pytest.raises(BadValue, match="than = 'weights' is the proxy itself"):
        read(tmp_path, text + LEAD.replace('"flops"', '"weights"'))


def test_a_claim_needs_a_proxy_study(tmp_path: Path) -> None:
    alone = GOOD.split("[[proxy]]")[0] + CLAIM.replace('benchmark = "synthetic"\n', "")
    with pytest.raises(BadValue, match=r"no proxy of a study is called 'params'\. There are: none"):
        read(tmp_path, alone)


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
    from harness.experiment.build import open_benchmark
    from harness.problem import problem_of

    table = open_benchmark({"name": "synthetic"})
    assert problem_of(table, ("valid_accuracy",), 4).fidelities == table.fidelities
    with pytest.raises(BadValue, match="no schedule of 12 epochs: give one of 4"):
        problem_of(table, ("valid_accuracy",), 12)


ENGINE = (
    GOOD
    + """
[engine]
name = "dask"
cluster = "slurm"
cores = 2
processes = 2
memory = "4 GiB"
walltime = "1-12:30:00"
queue = "debug"
gpus = 1
"""
)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"4 GiB"', '"4 gigs"', r'line 19: engine.memory: "4 gigs" cannot be used: give .* such as "4GB"$'),
        ('"4 GiB"', '"0GB"', r'line 19: engine.memory: "0GB" cannot be used: give a whole number and its unit'),
        ('"1-12:30:00"', '"1h"', r'line 20: engine.walltime: "1h" cannot be used: give .* such as "01:30:00"$'),
        ('"debug"', '"a; b"', r'line 21: engine.queue: "a; b" cannot be used: give a word'),
        ('"debug"', f'"{"a" * 65}"', r"line 21: engine.queue: .* at most 64 letters"),
        ("cores = 2\n", "", "line 14: engine: processes = 2 is more than cores = 1: give each process a core"),
        ('"slurm"', '"pbs"', r'line 14: engine: walltime = "1-12:30:00": PBS knows no days; give hours'),
        ('name = "dask"\n', "", 'line 14: engine: cluster is for name = "dask"; add that, or leave cluster out'),
        ('name = "dask"\ncluster = "slurm"\n', "", 'line 14: engine: gpus is for name = "dask"'),
        ('cluster = "slurm"\n', "", 'line 14: engine: gpus is for name = "dask" and cluster = "slurm" or "pbs"'),
        ("gpus = 1", "workers = 3", "line 14: engine: workers is for one machine; leave it out, and say how many jobs"),
        (
            ENGINE.partition("[engine]\n")[2],
            'name = "in_process"\nworkers = 3',
            "workers = 3, and in_process is one pr",
        ),
    ],
)
def test_what_an_engine_would_not_hear_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert ENGINE.count(old) == 1 or old == 'name = "dask"\n'
    assert read(tmp_path, ENGINE).engine.queue == "debug"
    with pytest.raises(BadValue, match=message):
        read(tmp_path, ENGINE.replace(old, new))


SHORT_SEARCH = '[[search]]\nbenchmark = "synthetic"\nalgorithm = "random_search"\nbudget = { seconds = 1 }\n'
SHORT_CLAIM = '[[claim]]\ntext = "a"\nproxy = "params"\nlow = 0.1\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (SHORT_SEARCH * 501, "more than 500 studies, or 5,000 items in all studies: write several experiments"),
        (SHORT_SEARCH.replace('"random_search"', f'{{ name = "grid", x = {list(range(2501))} }}') * 2, "5,000 items"),
        (GOOD.partition("\n")[2] + SHORT_CLAIM * 201, "claim: .* at most 200 items"),
        ("#" * (1 << 18), "more than 262,144 bytes: it is no TOML file written by hand"),
    ],
)  # fmt: skip
def test_an_experiment_has_an_end(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(BadValue, match=message):
        studies_of(read(tmp_path, 'name = "x"\n' + text))


def test_the_most_studies_and_claims_are_read(tmp_path: Path) -> None:
    assert len(studies_of(read(tmp_path, 'name = "x"\n' + SHORT_SEARCH * 500))) == 500
    assert len(read(tmp_path, GOOD + SHORT_CLAIM * 200).claim) == 200
