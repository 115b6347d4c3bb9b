"""A search space as a ConfigurationSpace, and a ConfigurationSpace as a search space."""

import json

import pytest
from toy_problem import Grid, problem, run

from harness.algorithms.random_search import RandomSearch
from harness.algorithms.regularized_evolution import RegularizedEvolution
from harness.errors import BadValue
from harness.spaces.nb201 import Nb201

library = pytest.importorskip("ConfigSpace")

from harness.configspace import FiniteConfigSpace, to_arch, to_configspace, to_configuration  # noqa: E402


def conditional():
    """Three blocks; a width where there is a block; no wide pooling."""
    given = library.ConfigurationSpace(name="blocks")
    block = library.Categorical("block", ["none", "conv", "pool"])
    width = library.Integer("width", (1, 3))
    depth = library.OrdinalHyperparameter("depth", [2, 4, 8])
    given.add(block, width, depth, library.Constant("stem", "conv3"))
    given.add(library.InCondition(width, block, ["conv", "pool"]))
    given.add(
        library.ForbiddenAndConjunction(
            library.ForbiddenEqualsClause(block, "pool"), library.ForbiddenEqualsClause(width, 3)
        )
    )
    return given


class TestOurs:
    def test_every_architecture_there_and_back(self) -> None:
        space = Grid((4, 3, 5))
        given = to_configspace(space)
        assert given.name == "grid"
        assert given.estimate_size() == 60
        for arch in space.all():
            there = to_configuration(given, arch)
            there.check_valid_configuration()
            assert to_arch(there) == arch

    def test_decisions_keep_their_order_beyond_ten(self) -> None:
        space = Grid((1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12))
        given = to_configspace(space)
        assert [len(given[name].choices) for name in given] == list(space.choices)
        arch = tuple(n - 1 for n in space.choices)
        assert to_arch(to_configuration(given, arch)) == arch

    def test_samples_are_architectures(self) -> None:
        space = Nb201()
        archs = [to_arch(one) for one in to_configspace(space, seed=3).sample_configuration(200)]
        assert all(space.is_valid(arch) and all(type(option) is int for option in arch) for arch in archs)
        assert archs == [to_arch(one) for one in to_configspace(space, seed=3).sample_configuration(200)]
        assert len(set(archs)) > 190

    def test_refuses_what_is_out_of_range(self) -> None:
        with pytest.raises(library.exceptions.IllegalValueError):
            to_configuration(to_configspace(Grid((2, 2))), (0, 2))


class TestTheirs:
    def test_every_kind_of_hyperparameter(self) -> None:
        space = FiniteConfigSpace(conditional())
        assert space.name == "blocks"
        assert space.choices == (3, 3, 1, 3)
        assert list(json.loads(space.encode((1, 2, 0, 0)))) == ["block", "depth", "stem", "width"]
        assert json.loads(space.encode((1, 2, 0, 0))) == {"block": "conv", "depth": 8, "stem": "conv3", "width": 1}

    def test_counts_what_is_not_forbidden(self) -> None:
        space = FiniteConfigSpace(conditional())
        assert space.size == len(space.all()) == 3 * 3 * 3 - 3
        assert all(space.is_valid(arch) and space.all()[space.index(arch)] == arch for arch in space.all())
        assert not space.is_valid((2, 0, 0, 2))
        assert not space.is_valid((0, 0, 0, 3))

    def test_what_is_switched_off_says_nothing(self) -> None:
        space = FiniteConfigSpace(conditional())
        assert {space.canonical((0, 1, 0, width)) for width in range(3)} == {(0, 1, 0, 0)}
        assert space.canonical((1, 1, 0, 2)) == (1, 1, 0, 2)
        assert "width" not in space.encode((0, 1, 0, 2))

    def test_written_and_read(self) -> None:
        space = FiniteConfigSpace(conditional())
        for arch in space.all():
            assert space.decode(space.encode(arch)) == space.canonical(arch)
            assert space.arch(space.configuration(arch)) == space.canonical(arch)

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("{", "Expecting"),
            ("[1]", "no configuration of blocks"),
            ('{"block": "none", "depth": 2}', "it must name block, depth, stem"),
            ('{"block": "none", "depth": 2, "stem": "conv3", "width": 1}', "it must name block, depth, stem, nothing"),
            ('{"block": "none", "depth": 3, "stem": "conv3"}', "not in tuple"),
            ('{"block": "none", "depth": 2, "stem": "conv3", "x": 1}', "it must name block, depth, stem"),
            ('{"block": "pool", "depth": 2, "stem": "conv3", "width": 3}', "forbidden"),
        ],
    )
    def test_refuses_what_is_no_configuration(self, text: str, message: str) -> None:
        with pytest.raises(BadValue, match=message):
            FiniteConfigSpace(conditional()).decode(text)

    def test_refuses_what_has_no_end(self) -> None:
        given = library.ConfigurationSpace({"rate": (0.0, 1.0)})
        with pytest.raises(BadValue, match="rate is a UniformFloatHyperparameter, which has no finite list of values"):
            FiniteConfigSpace(given)

    def test_a_large_one_is_not_listed(self) -> None:
        space = FiniteConfigSpace(library.ConfigurationSpace({f"x{i}": list(range(10)) for i in range(18)}))
        assert space.size == 10**18
        assert space.name == "configspace"
        assert len(run(RegularizedEvolution(problem(space), seed=0), 40)) == 40

    def test_can_be_searched(self) -> None:
        space = FiniteConfigSpace(conditional())
        queries = run(RandomSearch(problem(space), seed=0), 100)
        assert sorted(query.arch for query in queries) == sorted(space.all())
