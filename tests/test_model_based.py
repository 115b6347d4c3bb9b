"""What searches that learn promise of their own: how their parts are put together, and what each part does."""

import itertools
import math
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from scipy import stats
from toy_problem import ACCURACY, EPOCHS, PROBLEMS, Grid, failing, loss, problem, run, sometimes_failing, told

from harness import registry
from harness.algorithms._model_based import LEARNED, ModelBased, Recipe, encoding_for, normal_scores
from harness.algorithms._proposals import mutants_of_best, offspring, random_and_mutants
from harness.algorithms.random_search import RandomSearch
from harness.algorithms.tpe import Split, Tpe
from harness.core import Algorithm, Arch, Fidelity, Metric, Predictor, Problem, Query
from harness.errors import BadValue, UnknownName
from harness.spaces.nb101 import Nb101
from harness.spaces.nb201 import Nb201
from harness.spaces.transnas_micro import TransnasMicro

FULL = EPOCHS[-1]
MODEL_BASED = ("bananas", "dngo", "gp_bo", "npenas", "predictor_evolution")
ALL = (*MODEL_BASED, "tpe")


def make(name: str, given: Problem | None = None, seed: int = 0, **hyper: Any) -> Algorithm:
    algorithm: Algorithm = registry.load("algorithm", name)(given or problem(), seed=seed, **hyper)
    return algorithm


def rough(query: Query) -> float:
    """Far from the sum of its parts, and with a few that are hopeless."""
    arch = query.arch
    return float(sum(abs(a - b) for a, b in itertools.pairwise(arch)) + sum(arch) / 4 + 1000 * (arch[0] == 5))


class Recorder(Predictor):
    """A predictor that remembers what it was taught and asked, and predicts the sum of the options."""

    made: list["Recorder"]

    def __init__(self, benchmark: Problem, *, seed: int) -> None:
        self.seed = seed
        self.fitted: list[tuple[list[Arch], list[float]]] = []
        self.asked: list[list[Arch]] = []
        Recorder.made.append(self)

    def fit(self, archs: Sequence[Arch], losses: np.ndarray) -> None:
        self.fitted.append((list(archs), losses.tolist()))

    def predict(self, archs: Sequence[Arch]) -> tuple[np.ndarray, np.ndarray]:
        self.asked.append(list(archs))
        return np.array([float(sum(arch)) for arch in archs]), np.ones(len(archs))

    def score(self, archs: Sequence[Arch]) -> np.ndarray:
        return -self.predict(archs)[0]


def worst(mean: np.ndarray, std: np.ndarray, best: float, rng: np.random.Generator) -> np.ndarray:
    """The candidate of the highest mean."""
    return mean


@pytest.fixture(autouse=True)
def fresh() -> None:
    Recorder.made = []


def recorded(given: Problem | None = None, seed: int = 0, **parts: Any) -> tuple[ModelBased, Recorder]:
    recipe = Recipe("test_model_based:Recorder", "greedy", "auto", "path", mutants_of_best(3), initial=4, candidates=6)
    search = ModelBased(given or problem(Grid((9,) * 5)), recipe._replace(**parts), FULL, seed)
    return search, Recorder.made[-1]


def play(search: ModelBased, steps: int, answer: Callable[[Query], float] = loss) -> list[Arch]:
    archs = []
    for _ in range(steps):
        query = search.ask()
        if query is None:
            break
        archs.append(query.arch)
        search.tell(told(query, answer(query)))
    return archs


class TestComposition:
    def test_it_learns_normal_scores_after_each_telling(self) -> None:
        search, predictor = recorded()
        archs = play(search, 9)
        assert [len(taught) for taught, _ in predictor.fitted] == [4, 5, 6, 7, 8]
        taught, scores = predictor.fitted[-1]
        assert taught == archs[:8]
        losses = [loss(Query(arch, FULL)) for arch in taught]
        expected = stats.norm.ppf((stats.rankdata(losses) - 0.5) / 8)
        np.testing.assert_allclose(scores, expected)

    def test_the_most_promising_candidates_are_asked_first(self) -> None:
        search, predictor = recorded(batch=3, initial=5)
        archs = play(search, 14)
        for turn in range(3):
            candidates = predictor.asked[2 * turn + 1]
            assert archs[5 + 3 * turn : 8 + 3 * turn] == sorted(candidates, key=sum)[:3]
            assert len(set(candidates)) == 6
            assert not set(candidates) & set(archs[: 5 + 3 * turn])

    def test_the_acquisition_decides(self) -> None:
        search, predictor = recorded(acquisition="test_model_based:worst")
        archs = play(search, 6)
        assert sum(archs[4]) == max(map(sum, predictor.asked[1]))

    def test_what_it_has_to_beat_is_predicted(self) -> None:
        heard: list[float] = []

        def listening(mean: np.ndarray, std: np.ndarray, best: float, rng: np.random.Generator) -> np.ndarray:
            heard.append(best)
            return -mean

        search, predictor = recorded()
        search._acquire = listening
        archs = play(search, 7)
        assert heard == [min(map(sum, archs[:n])) for n in (4, 5, 6)]
        assert predictor.asked[0] == archs[:4]

    def test_it_learns_again_when_enough_is_new(self) -> None:
        search, predictor = recorded(refit=5)
        play(search, 20)
        assert [len(taught) for taught, _ in predictor.fitted] == [4, 9, 14, 19]

    def test_failures_teach_nothing(self) -> None:
        search, predictor = recorded()
        archs = play(search, 30, sometimes_failing)
        assert predictor.fitted
        assert all(sum(arch) % 2 == 0 for taught, _ in predictor.fitted for arch in taught)
        assert len(set(archs)) == 30

    def test_nothing_but_failures_is_a_random_search(self) -> None:
        search, predictor = recorded(problem())
        assert len(set(play(search, 100, failing))) == 60
        assert predictor.fitted == []

    def test_what_runs_is_not_asked_again(self) -> None:
        search, predictor = recorded(problem())
        archs = play(search, 10)
        running = [search.ask() for _ in range(50)]
        assert len(predictor.fitted) == 7
        assert len({query.arch for query in running if query} | set(archs)) == 60
        assert search.ask() is None

    def test_it_learns_from_the_best_and_the_last(self) -> None:
        search, predictor = recorded(problem(Grid((9,) * 5)), initial=LEARNED + 80)
        archs = play(search, LEARNED + 81, lambda query: float(sum(query.arch)))
        taught, _ = predictor.fitted[0]
        history = archs[:-1]
        half = LEARNED // 2
        best = sorted(history, key=sum)[:half]
        assert taught == [arch for i, arch in enumerate(history) if arch in set(best) or i >= len(history) - half]
        assert half < len(taught) <= LEARNED

    def test_equals_stay_equal_whatever_the_last_digits_are(self) -> None:
        def nearly_equal(mean: np.ndarray, std: np.ndarray, best: float, rng: np.random.Generator) -> np.ndarray:
            return 7.0 + 1e-13 * np.arange(len(mean))

        search, predictor = recorded()
        search._acquire = nearly_equal
        archs = play(search, 5)
        assert archs[4] == predictor.asked[1][0]

    def test_the_predictor_gets_the_seed(self) -> None:
        assert recorded(seed=42)[1].seed == 42


class TestNames:
    def test_auto_is_the_preferred_encoding_where_there_are_graphs(self) -> None:
        for space in (Nb101(), Nb201(), TransnasMicro()):
            assert encoding_for(space, "auto", "wl") == "wl"
        assert encoding_for(Grid(), "auto", "wl") == "one_hot"
        assert encoding_for(Nb201(), "categorical", "wl") == "categorical"

    @pytest.mark.parametrize(
        ("name", "encoding"),
        [("bananas", "path"), ("gp_bo", "wl"), ("npenas", "wl"), ("dngo", "adjacency"), ("predictor_evolution", "wl")],
    )
    def test_what_each_prefers(self, name: str, encoding: str) -> None:
        named, other = (make(name, PROBLEMS["nb201"], encoding=one) for one in (encoding, "categorical"))
        asked = run(make(name, PROBLEMS["nb201"]), 35)
        assert asked == run(named, 35)
        assert asked != run(other, 35)

    @pytest.mark.parametrize("name", MODEL_BASED)
    @pytest.mark.parametrize(
        "parts",
        [{"predictor": "random_forest"}, {"acquisition": "test_model_based:worst"}, {"encoding": "categorical"}],
    )
    def test_parts_are_exchanged_by_name(self, name: str, parts: dict[str, str]) -> None:
        queries = run(make(name, **parts), 31)
        assert len(set(queries)) == 31
        assert queries != run(make(name), 31)

    @pytest.mark.parametrize("name", MODEL_BASED)
    def test_mistakes(self, name: str) -> None:
        with pytest.raises(UnknownName, match="Did you mean 'gaussian_process'"):
            make(name, predictor="gaussian_proces")
        with pytest.raises(UnknownName, match="no acquisition is called 'eii'"):
            make(name, acquisition="eii")
        with pytest.raises(BadValue, match="of grid are not known as graphs"):
            make(name, encoding="wl")
        with pytest.raises(BadValue, match="predictor = 'params' scores architectures and predicts no losses"):
            make(name, predictor="params")
        with pytest.raises(BadValue, match="takes no encoding, and 'one_hot' was given"):
            make(name, predictor="test_model_based:Recorder", encoding="one_hot")
        two = problem()._replace(objectives=(ACCURACY, Metric("flops", "M", False, "cost")))
        with pytest.raises(BadValue, match="valid_accuracy, flops"):
            make(name, two)


BAD = [
    *((name, {"parents": 0}, "parents = 0") for name in MODEL_BASED[:4]),
    *((name, {"initial": 1}, "initial = 1 .* at least 2") for name in MODEL_BASED[:4]),
    *((name, {"candidates": 0}, "candidates = 0") for name in MODEL_BASED[:4]),
    *((name, {"batch": 0.5}, "batch = 0.5") for name in MODEL_BASED[:4]),
    ("predictor_evolution", {"population": 1}, "population = 1 .* at least 2"),
    ("predictor_evolution", {"sample": 21}, "sample = 21 .* from 1 to 20"),
    ("predictor_evolution", {"children": 0}, "= 0 cannot be used"),
    ("predictor_evolution", {"refit": 0}, "refit = 0"),
    ("tpe", {"initial": 0}, "initial = 0"),
    ("tpe", {"gamma": 1.5}, "gamma = 1.5"),
    ("tpe", {"candidates": True}, "candidates = True"),
    ("tpe", {"prior_weight": 0}, "prior_weight = 0"),
    *((name, {"epochs": 13}, "no fidelity has epochs = 13") for name in ALL),
]


@pytest.mark.parametrize(("name", "hyper", "message"), BAD)
def test_refuses_bad_values(name: str, hyper: dict[str, Any], message: str) -> None:
    with pytest.raises(BadValue, match=message):
        make(name, **hyper)


@pytest.mark.parametrize("name", ALL)
def test_asks_at_the_fidelity_named(name: str) -> None:
    both = problem(fidelities=[Fidelity(3, 3, 0.5), Fidelity(12, 12)])
    assert {query.fidelity for query in run(make(name, both), 30)} == {Fidelity(12, 12)}
    assert {query.fidelity for query in run(make(name, both, data=0.5), 30)} == {Fidelity(3, 3, 0.5)}


@pytest.mark.parametrize("name", ALL)
def test_never_asks_twice_and_ends_with_the_space(name: str) -> None:
    algorithm = make(name)
    queries = run(algorithm, 100, sometimes_failing)
    assert len(queries) == len(set(queries)) == 60
    assert algorithm.ask() is None


@pytest.mark.parametrize("name", ALL)
def test_beats_random_search(name: str) -> None:
    given = problem(Grid((6,) * 6))
    found = [min(map(rough, run(make(name, given, seed=seed), 80, rough))) for seed in range(3)]
    drawn = [min(map(rough, run(RandomSearch(given, seed=seed), 80, rough))) for seed in range(3)]
    assert np.mean(found) < np.mean(drawn) - 0.5


def test_normal_scores() -> None:
    losses = np.array([3.0, 1.0, 2.0, 2.0, 9.0])
    np.testing.assert_allclose(normal_scores(losses), stats.norm.ppf((stats.rankdata(losses) - 0.5) / 5))
    assert normal_scores(np.full(4, 7.0)).tolist() == [0] * 4


class TestProposals:
    SPACE = Grid((9,) * 6)
    TOLD: tuple[tuple[Arch, float], ...] = tuple(((i,) * 6, float((i - 4) ** 2)) for i in range(9))

    def drawn(self, propose: Any, n: int) -> list[Arch]:
        return list(itertools.islice(propose(self.SPACE, list(self.TOLD), np.random.default_rng(0)), n))

    @staticmethod
    def parent(arch: Arch) -> int:
        """The option that all decisions but one of a mutant have."""
        (option, times), *_ = Counter(arch).most_common(1)
        return option if times == 5 else -1

    def test_mutants_of_the_best_in_turn(self) -> None:
        parents = [self.parent(arch) for arch in self.drawn(mutants_of_best(3), 9)]
        assert parents == [4, 3, 5] * 3

    def test_every_other_one_is_random(self) -> None:
        parents = [self.parent(arch) for arch in self.drawn(random_and_mutants(2), 40)]
        assert parents[1::2] == [4, 3] * 10
        assert set(parents[::2]) == {-1}

    def test_offspring_of_tournament_winners_among_the_last(self) -> None:
        n, p, s = 6000, 4, 2
        wins = Counter(self.parent(arch) for arch in self.drawn(offspring(p, s), n))
        assert set(wins) == {5, 6, 7, 8}
        for rank, option in enumerate((5, 6, 7, 8)):
            chance = ((p - rank) / p) ** s - ((p - rank - 1) / p) ** s
            assert abs(wins[option] - n * chance) < 5 * math.sqrt(n * chance)


class TestTpe:
    @pytest.mark.parametrize("gamma", [0.0, 0.15, 0.5, 1.0])
    def test_counts_are_those_of_the_split(self, gamma: float) -> None:
        rng, split = np.random.default_rng(0), Split((3, 2), gamma, 0.5)
        history: list[tuple[float, int, Arch]] = []
        for order in range(60):
            arch, value = (int(rng.integers(3)), int(rng.integers(2))), float(rng.integers(12))
            split.add(arch, value)
            history.append((value, order, arch))
            ranked = [one for _, _, one in sorted(history)]
            cut = math.ceil(gamma * len(ranked))
            for counts, side in zip(split._counts, (ranked[:cut], ranked[cut:]), strict=True):
                for decision, n in enumerate((3, 2)):
                    expected = [0.5 + sum(a[decision] == option for a in side) for option in range(n)]
                    assert counts[decision] == expected
            assert split.size == order + 1

    def test_tables_are_densities_and_their_ratio(self) -> None:
        split = Split((3,), 0.5, 1.0)
        for option, value in ((0, 1.0), (0, 2.0), (1, 3.0), (2, 4.0)):
            split.add((option,), value)
        [(bounds, ratios)] = split.tables()
        np.testing.assert_allclose(bounds, [3 / 5, 4 / 5])
        np.testing.assert_allclose(ratios, np.log(np.array([3, 1, 1]) / 5) - np.log(np.array([1, 2, 2]) / 5))

    def test_candidates_are_drawn_from_the_good(self) -> None:
        n, drawn = 3000, Counter[int]()
        algorithm = Tpe(problem(Grid((4, 1000))), seed=0, initial=4, gamma=0.5, candidates=1, prior_weight=1)
        for option, value in ((0, 1.0), (0, 2.0), (1, 3.0), (2, 4.0)):
            algorithm.tell(told(Query((option, 0), FULL), value))
        for _ in range(n):
            arch = algorithm._promising()
            assert arch is not None
            drawn[arch[0]] += 1
        for option, weight in enumerate((3, 1, 1, 1)):
            assert abs(drawn[option] - n * weight / 6) < 5 * math.sqrt(n * weight / 6)

    def test_the_greatest_ratio_is_asked(self) -> None:
        algorithm = Tpe(problem(Grid((3, 4))), seed=0, initial=2, gamma=0.5, candidates=400)
        algorithm.tell(told(Query((2, 1), FULL), 1.0))
        algorithm.tell(told(Query((0, 0), FULL), 2.0))
        first, second = algorithm.ask(), algorithm.ask()
        assert first is not None
        assert second is not None
        assert first.arch == (2, 1)
        assert second.arch[0] == 2 or second.arch[1] == 1

    def test_random_until_enough_have_been_told(self) -> None:
        algorithm = Tpe(problem(Nb201()), seed=0, initial=30)
        same = [query.arch for query in run(algorithm, 30)]
        other = [query.arch for query in run(Tpe(problem(Nb201()), seed=0, initial=40), 40)]
        assert same == other[:30]
        assert [query.arch for query in run(algorithm, 10)] != other[30:]
