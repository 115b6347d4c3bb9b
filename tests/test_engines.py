"""What the adapters of other people's optimizers promise beyond the contract of every algorithm."""

import json
import math
import os
import random
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from toy_problem import EPOCHS, Grid, loss, problem, run, sometimes_failing, told

from harness import registry
from harness.algorithms._engines import engine, quiet
from harness.algorithms.random_search import RandomSearch
from harness.core import Algorithm, Fidelity, Metric, Problem, Query, Trial
from harness.errors import BadValue

LIBRARIES = {
    "optuna_hyperband": "optuna",
    "optuna_nsga2": "optuna",
    "optuna_tpe": "optuna",
    "pymoo_nsga2": "pymoo",
    "smac": "smac",
}
CHEAP: dict[str, dict[str, Any]] = {
    "smac": {"trials": 20, "retrain": 10, "challengers": 50, "local_searches": 1},
    "pymoo_nsga2": {"population": 20},
    "optuna_nsga2": {"population": 20},
}
SEVERAL = Metric("flops", "M", False, "cost")

every_engine = pytest.mark.parametrize("name", LIBRARIES)


def need(*modules: str) -> None:
    for module in modules:
        pytest.importorskip(module)


def make(name: str, given: Problem | None = None, seed: int = 0, **hyper: Any) -> Algorithm:
    need(LIBRARIES[name])
    algorithm: Algorithm = registry.load("algorithm", name)(
        given or problem(), seed=seed, **{**CHEAP.get(name, {}), **hyper}
    )
    return algorithm


class Uneven(Grid):
    """Only architectures whose options do not add up to a multiple of three."""

    def admits(self, arch: Sequence[int]) -> bool:
        return sum(arch) % 3 != 0

    @property
    def size(self) -> int:
        return len(self.all())

    def catalogue(self):
        full = Grid(self.choices).catalogue()
        return full._replace(archs=[arch for arch in full.archs if self.admits(arch)])


class Diagonal(Grid):
    """One architecture in a hundred: all options are equal."""

    def admits(self, arch: Sequence[int]) -> bool:
        return len(set(arch)) == 1


def far(query: Query) -> float:
    return float(sum(query.arch))


class TestLibraries:
    @every_engine
    def test_says_how_to_get_a_missing_one(self, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        library = LIBRARIES[name]
        for module in [module for module in sys.modules if module.partition(".")[0] == library] or [library]:
            monkeypatch.setitem(sys.modules, module, None)
        with pytest.raises(BadValue, match=rf"^{name} needs the extra engines: pip install 'nasgauge\[engines\]'$"):
            registry.load("algorithm", name)(problem(), seed=0)

    @every_engine
    def test_names_what_it_needs(self, name: str) -> None:
        item = registry.load("algorithm", name)
        assert LIBRARIES[name] in sys.modules[item.__module__].NEEDS

    def test_a_broken_one_is_not_called_missing(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "broken_library.py").write_text("import no_such_module\n")
        monkeypatch.syspath_prepend(str(tmp_path))
        with pytest.raises(ModuleNotFoundError, match="no_such_module"):
            engine("x", "broken_library")

    def test_are_imported_only_when_they_are_used(self) -> None:
        code = (
            "import sys; from harness import registry\n"
            f"for name in {list(LIBRARIES)}: registry.load('algorithm', name)\n"
            f"print(sorted(set(sys.modules) & {set(LIBRARIES.values()) | {'ConfigSpace', 'scipy'}}))"
        )
        answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert answer.stdout == "[]\n"

    @every_engine
    def test_says_nothing_and_leaves_no_files(
        self, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "here").mkdir()
        (tmp_path / "temporary").mkdir()
        monkeypatch.chdir(tmp_path / "here")
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
        assert len(run(make(name, problem(Uneven())), 30, sometimes_failing)) == 30
        assert [list(folder.iterdir()) for folder in tmp_path.iterdir()] == [[], []]
        assert capfd.readouterr() == ("", "")

    def test_same_questions_in_another_process(self) -> None:
        names = [name for name, library in LIBRARIES.items() if find_spec(library)]
        code = f"import json, test_engines as t; print(json.dumps([t.trace(name) for name in {names}]))"
        path = os.pathsep.join([str(Path(__file__).parent), *sys.path])
        env = {**os.environ, "PYTHONHASHSEED": "4711", "PYTHONPATH": path}
        answer = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
        assert json.loads(answer.stdout) == [trace(name) for name in names]


def trace(name: str) -> list[list[list[int] | int]]:
    """Long enough for each to have learned."""
    return [
        [list(query.arch), query.fidelity.epochs] for query in run(make(name, problem(Grid((6,) * 6)), seed=6), 60, far)
    ]


class TestEveryEngine:
    @every_engine
    def test_learns(self, name: str) -> None:
        given = problem(Grid((6,) * 6))

        def best(algorithm: Algorithm) -> float:
            """The mean of the ten best of 80 questions."""
            return float(np.mean(sorted(map(far, run(algorithm, 80, far)))[:10]))

        random_search = np.mean([best(RandomSearch(given, seed=seed)) for seed in range(5)])
        assert best(make(name, given)) < random_search - 1

    @every_engine
    @pytest.mark.parametrize("answer", [loss, sometimes_failing])
    def test_asks_for_architectures_only(self, name: str, answer) -> None:
        given = problem(Uneven())
        queries = run(make(name, given), 60, answer)
        assert len(queries) in (60, given.space.size)
        assert all(given.space.admits(query.arch) for query in queries)

    @pytest.mark.parametrize("name", [name for name in LIBRARIES if name != "smac"])
    def test_finds_the_few_architectures_there_are(self, name: str) -> None:
        queries = run(make(name, problem(Diagonal((10, 10, 10)))), 25)
        assert len(queries) in (25, 10)
        assert all(len(set(query.arch)) == 1 for query in queries)

    @every_engine
    def test_more_workers_than_architectures(self, name: str) -> None:
        algorithm, order = make(name, problem(Grid((2, 2)))), random.Random(0)
        running = [query for _ in range(9) if (query := algorithm.ask()) is not None]
        assert len(running) in (4, 9)
        seen = {query.arch for query in running}
        for _ in range(40):
            if running:
                ended = running.pop(order.randrange(len(running)))
                algorithm.tell(told(ended, loss(ended)))
            if (query := algorithm.ask()) is not None:
                running.append(query)
                seen.add(query.arch)
        assert len(seen) == 4

    @pytest.mark.parametrize("name", ["optuna_nsga2", "optuna_tpe", "pymoo_nsga2"])
    def test_several_objectives(self, name: str) -> None:
        both = problem(Grid((6,) * 6))._replace(objectives=(*problem().objectives, SEVERAL))
        algorithm = make(name, both)
        odd = []
        for _ in range(120):
            query = algorithm.ask()
            assert query is not None
            odd.append(sum(option % 2 for option in query.arch))
            losses = (far(query) + 10 * odd[-1], 30 - far(query) + 10 * odd[-1])
            algorithm.tell(Trial(query, (math.inf, math.inf) if len(odd) % 10 == 0 else losses, 1.0))
        assert np.mean(odd[-30:]) < np.mean(odd[:20]) - 0.7, "only even options are on the front"

    @pytest.mark.parametrize("name", ["optuna_hyperband", "smac"])
    def test_refuses_a_second_objective_that_it_would_ignore(self, name: str) -> None:
        two = problem()._replace(objectives=(*problem().objectives, SEVERAL))
        with pytest.raises(BadValue, match="valid_accuracy, flops"):
            make(name, two)

    @pytest.mark.parametrize("name", [name for name in LIBRARIES if name != "optuna_hyperband"])
    def test_asks_at_the_fidelity_named(self, name: str) -> None:
        given = problem(fidelities=[Fidelity(3, 3, 0.5), Fidelity(3, 12), Fidelity(12, 12)])
        assert {query.fidelity for query in run(make(name, given), 5)} == {Fidelity(12, 12)}
        assert {query.fidelity for query in run(make(name, given, data=0.5), 5)} == {Fidelity(3, 3, 0.5)}

    @pytest.mark.parametrize(
        ("name", "hyper", "message"),
        [
            ("optuna_tpe", {"startup": 0}, "startup = 0 .* at least 1"),
            ("optuna_tpe", {"candidates": 1.5}, r"candidates = 1\.5"),
            ("optuna_tpe", {"multivariate": "no"}, "multivariate = 'no'"),
            ("optuna_nsga2", {"population": 1}, "population = 1 .* at least 2"),
            ("optuna_nsga2", {"mutation": 2}, "mutation = 2 .* from 0 to 1"),
            ("optuna_nsga2", {"crossover": -0.1}, r"crossover = -0\.1"),
            ("optuna_hyperband", {"eta": 13}, "eta = 13 .* from 2 to 12"),
            ("optuna_hyperband", {"startup": 0}, "startup = 0"),
            ("pymoo_nsga2", {"crossover_eta": 0.5}, r"crossover_eta = 0\.5"),
            ("pymoo_nsga2", {"mutation_eta": 101}, "mutation_eta = 101"),
            ("smac", {"retrain": 0}, "retrain = 0"),
            ("smac", {"trials": True}, "trials = True"),
        ],
    )
    def test_refuses_bad_values(self, name: str, hyper: dict[str, object], message: str) -> None:
        with pytest.raises(BadValue, match=message):
            make(name, **hyper)


class TestOptuna:
    """The questions are those that Optuna's own loop asks."""

    @staticmethod
    def optimize(
        sampler: Any, n: int, pruner: Any = None, name: str | None = None
    ) -> list[tuple[tuple[int, ...], int]]:
        import optuna

        asked = []

        def objective(trial: Any) -> float:
            arch = tuple(trial.suggest_categorical(f"decision_{i}", range(n)) for i, n in enumerate((4, 3, 5)))
            for epochs in (1, 4, 12) if pruner else (12,):
                query = Query(arch, EPOCHS[epochs - 1])
                asked.append((arch, epochs))
                value = sometimes_failing(query)
                if math.isinf(value):
                    raise ArithmeticError
                if epochs < 12:
                    trial.report(value, epochs)
                    if trial.should_prune():
                        raise optuna.TrialPruned
            return value

        level = optuna.logging.get_verbosity()
        optuna.logging.set_verbosity(optuna.logging.CRITICAL)
        try:
            study = optuna.create_study(sampler=sampler, pruner=pruner, study_name=name)
            study.optimize(objective, n_trials=n, catch=(ArithmeticError,))
        finally:
            optuna.logging.set_verbosity(level)
        return asked

    @staticmethod
    def asked(name: str, steps: int) -> list[tuple[tuple[int, ...], int]]:
        queries = run(make(name, seed=3), steps, sometimes_failing)
        return [(query.arch, query.fidelity.epochs) for query in queries]

    def test_tpe(self) -> None:
        need("optuna")
        from optuna.samplers import TPESampler

        assert self.asked("optuna_tpe", 50) == self.optimize(TPESampler(seed=3), 50)

    def test_tpe_of_several_workers(self) -> None:
        need("optuna")
        import optuna

        with quiet("optuna"):
            theirs = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=3))
        options = {f"decision_{i}": optuna.distributions.CategoricalDistribution(range(6)) for i in range(6)}
        ours = make("optuna_tpe", problem(Grid((6,) * 6)), seed=3)
        for _ in range(12):
            queries = [ours.ask() for _ in range(4)]
            trials = [theirs.ask(options) for _ in range(4)]
            assert [query.arch for query in queries] == [tuple(trial.params.values()) for trial in trials]
            for query, trial in zip(queries, trials, strict=True):
                ours.tell(told(query, far(query)))
                theirs.tell(trial, far(query))

    @pytest.mark.parametrize("name", ["optuna_nsga2", "optuna_tpe"])
    def test_learns_what_is_no_architecture(self, name: str) -> None:
        algorithm = make(name, problem(Diagonal((10, 10, 10))))
        run(algorithm, 25, sometimes_failing)
        states = Counter(trial.state.name for trial in algorithm._study._study.trials)
        assert set(states) == {"COMPLETE", "FAIL", "PRUNED"}
        assert states["COMPLETE"] + states["FAIL"] == 25
        assert states["PRUNED"] <= 25 * 32

    def test_nsga2(self) -> None:
        need("optuna")
        from optuna.samplers import NSGAIISampler

        assert self.asked("optuna_nsga2", 120) == self.optimize(NSGAIISampler(seed=3, population_size=20), 120)

    def test_hyperband(self) -> None:
        need("optuna")
        from optuna.pruners import HyperbandPruner
        from optuna.samplers import TPESampler

        pruner = HyperbandPruner(min_resource=1, max_resource=12, reduction_factor=3)
        theirs = self.optimize(TPESampler(seed=3), 60, pruner, "optuna_hyperband-3")
        assert self.asked("optuna_hyperband", len(theirs)) == theirs
        assert {epochs for _, epochs in theirs} == {1, 4, 12}
        assert len([epochs for _, epochs in theirs if epochs == 12]) < 20, "most are pruned"

    def test_hyperband_climbs_what_there_is(self) -> None:
        sparse = problem(Grid((6,) * 6), [Fidelity(4, 4), Fidelity(12, 12), Fidelity(36, 36), Fidelity(108, 108)])
        queries = run(make("optuna_hyperband", sparse), 60, far)
        assert {query.fidelity.epochs for query in queries} == {4, 12, 36, 108}
        climbs = [(a.fidelity.epochs, b.fidelity.epochs) for a, b in pairwise(queries)]
        assert {climb for climb in climbs if climb[1] != 4} == {(4, 12), (12, 36), (36, 108)}

    def test_equal_questions_are_told_in_their_order(self) -> None:
        algorithm = make("optuna_tpe", problem(Grid((2,))), startup=100)
        running = [algorithm.ask() for _ in range(8)]
        for value, query in enumerate(running):
            algorithm.tell(told(query, float(value)))
        trials = algorithm._study._study.trials
        assert [(trial.params["decision_0"], trial.value) for trial in trials] == [
            (query.arch[0], float(value)) for value, query in enumerate(running)
        ]


class TestPymoo:
    def test_breeds_as_its_own_loop(self) -> None:
        need("pymoo")
        from pymoo.algorithms.moo.nsga2 import NSGA2
        from pymoo.core.problem import Problem as Theirs
        from pymoo.operators.crossover.sbx import SBX
        from pymoo.operators.mutation.pm import PM
        from pymoo.operators.repair.rounding import RoundingRepair
        from pymoo.optimize import minimize

        def losses(arch: tuple[int, ...]) -> tuple[float, float]:
            return float(sum(arch)), float(sum((5 - option) ** 2 for option in arch))

        both = problem(Grid((6,) * 6))._replace(objectives=(*problem().objectives, SEVERAL))
        algorithm = make("pymoo_nsga2", both, seed=1)
        asked = []
        for _ in range(80):
            query = algorithm.ask()
            asked.append(query.arch)
            failed = sum(query.arch) % 4 == 0
            algorithm.tell(Trial(query, (math.inf, 0.0) if failed else losses(query.arch), 1.0))
        evaluated: list[tuple[int, ...]] = []

        class TwoLosses(Theirs):
            def _evaluate(self, x, out, *args, **kwargs) -> None:
                archs = [tuple(map(int, options)) for options in x]
                evaluated.extend(archs)
                out["F"] = np.array([losses(arch) for arch in archs])
                out["G"] = np.array([[float(sum(arch) % 4 == 0)] for arch in archs])

        operators = {"prob": 1.0, "eta": 3.0, "vtype": float, "repair": RoundingRepair()}
        nsga2 = NSGA2(20, sampling=np.array(asked[:20]), crossover=SBX(**operators), mutation=PM(**operators))
        box = {"n_var": 6, "n_obj": 2, "n_ieq_constr": 1, "xl": np.zeros(6), "xu": np.full(6, 5), "vtype": int}
        minimize(TwoLosses(**box), nsga2, ("n_gen", 4), seed=1)
        assert evaluated == asked

    def test_waits_for_the_rest_of_a_generation(self) -> None:
        algorithm = make("pymoo_nsga2", problem(Grid((6,) * 6)), population=5)
        running = [algorithm.ask() for _ in range(5)]
        while running:
            assert algorithm.ask() is None
            query = running.pop()
            algorithm.tell(told(query, loss(query)))
        assert algorithm.ask() is not None

    def test_what_pymoo_cannot_breed_is_drawn(self) -> None:
        space = Uneven((3, 3, 3))
        queries = run(make("pymoo_nsga2", problem(space), population=40), 100)
        assert sorted(query.arch for query in queries) == space.all()
        queries = run(make("pymoo_nsga2", problem(Diagonal((10, 10, 10))), population=4), 100)
        assert sorted(query.arch for query in queries) == [(option,) * 3 for option in range(10)]


class TestSmac:
    def test_asks_as_its_own_loop(self, tmp_path: Path) -> None:
        need("smac", "ConfigSpace")
        from smac import HyperparameterOptimizationFacade as Facade
        from smac import Scenario

        from harness.algorithms._smac import reproducible
        from harness.configspace import to_arch, to_configspace

        space, asked = Grid((6,) * 4), []

        def target(config: Any, seed: int) -> float:
            asked.append(to_arch(config))
            return loss(Query(asked[-1], EPOCHS[-1]))

        scenario = Scenario(
            to_configspace(space, 5), deterministic=True, seed=5, n_trials=10, output_directory=tmp_path
        )
        maximizer = reproducible(Facade.get_acquisition_maximizer(scenario, challengers=50, local_search_iterations=2))
        selector = Facade.get_config_selector(scenario, retrain_after=7)
        Facade(
            scenario, target, acquisition_maximizer=maximizer, config_selector=selector, logging_level=False
        ).optimize()
        settings = {"trials": 10, "retrain": 7, "challengers": 50, "local_searches": 2}
        ours = run(make("smac", problem(space), seed=5, **settings), 10)
        assert [query.arch for query in ours] == asked

    def test_asks_nothing_twice_and_all_there_is(self) -> None:
        space = Uneven((4, 3, 3))
        for answer in (loss, sometimes_failing):
            algorithm = make("smac", problem(space), seed=2, trials=12)
            queries = run(algorithm, 100, answer)
            assert sorted(query.arch for query in queries) == space.all()
            assert algorithm.ask() is None
