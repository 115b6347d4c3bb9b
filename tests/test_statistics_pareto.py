import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from harness.errors import BadValue
from harness.statistics.hypervolume import hypervolume, hypervolume_curve
from harness.statistics.indicators import additive_epsilon, igd_plus
from harness.statistics.pareto import non_dominated, pareto_front
from harness.statistics.reference import reference_point, unit_scale

quick = settings(deadline=None, max_examples=60)
every_dimension = pytest.mark.parametrize("objectives", [1, 2, 3, 4, 5])
holed = st.integers(0, 5).map(float) | st.just(math.nan) | st.just(math.inf)


whole = st.integers(0, 5).map(float)
few = st.integers(1, 5)


def grids(elements=whole, least=0, objectives=few):
    return st.tuples(st.integers(least, 9), objectives).flatmap(
        lambda shape: hnp.arrays(np.float64, shape, elements=elements)
    )


def dominates(a, b):
    return (a <= b).all() and (a < b).any()


@quick
@given(grids(holed))
def test_front_by_definition(values):
    known = ~np.isnan(values).any(axis=1)
    expected = [bool(known[i] and not any(dominates(b, a) for b in values[known])) for i, a in enumerate(values)]
    assert non_dominated(values).tolist() == expected
    front = pareto_front(values).tolist()
    assert sorted(front) == np.flatnonzero(expected).tolist()
    assert [tuple(values[i]) for i in front] == sorted(tuple(values[i]) for i in front)


@every_dimension
@pytest.mark.parametrize("decimals", [1, 9])
def test_front_of_many(objectives, decimals):
    values = np.random.default_rng(objectives).random((800, objectives)).round(decimals)
    values[::50] = values[1::50]
    better = (values[:, None] <= values).all(axis=2) & (values[:, None] < values).any(axis=2)
    assert non_dominated(values).tolist() == (~better.any(axis=0)).tolist()


def test_no_rows_have_no_front():
    for objectives in (1, 2, 3, 4):
        assert non_dominated(np.empty((0, objectives))).shape == (0,)
        assert pareto_front(np.full((2, objectives), math.nan)).tolist() == []


@pytest.mark.parametrize("values", [[1.0, 2.0], np.ones((2, 0)), [[1.0], [1.0, 2.0]], [[0.0, -math.inf]]])
def test_bad_objectives(values):
    for function in (non_dominated, pareto_front, lambda rows: hypervolume(rows, [1.0, 1.0]), reference_point):
        with pytest.raises(BadValue, match="values"):
            function(values)


def inclusion_exclusion(values, reference):
    total = 0.0
    for size in range(1, len(values) + 1):
        for some in combinations(values, size):
            total += (-1) ** (size + 1) * np.prod(np.maximum(reference - np.max(some, axis=0), 0))
    return total


@quick
@given(grids(st.floats(0, 5).map(lambda x: round(x, 1))).filter(lambda values: len(values) < 8))
def test_volume_by_inclusion_and_exclusion(values):
    reference = np.full(values.shape[1], 4.0)
    expected = inclusion_exclusion(values, reference)
    assert hypervolume(values, reference) == pytest.approx(expected, abs=1e-9)


@quick
@given(grids())
def test_volume_by_counting_cells(values):
    reference = np.full(values.shape[1], 4)
    cells = np.indices(reference).reshape(len(reference), -1).T
    covered = (values <= cells[:, None]).all(axis=2).any(axis=1)
    assert hypervolume(values, reference) == covered.sum()


@every_dimension
def test_volume_by_chance(objectives):
    """A share of random points that are dominated, at a size at which nothing can be enumerated."""
    chance = np.random.default_rng(objectives)
    values = chance.random((60, objectives)) ** 0.5
    points = chance.random((20_000, objectives))
    share = np.mean([(values <= point).all(axis=1).any() for point in points])
    error = math.sqrt(share * (1 - share) / len(points))
    assert hypervolume(values, np.ones(objectives)) == pytest.approx(share, abs=4 * error + 1e-3)


@quick
@given(grids(holed, least=1))
def test_curve_is_the_volume_of_every_beginning(values):
    reference = np.full(values.shape[1], 4.0)
    curve = hypervolume_curve(values, reference)
    expected = [hypervolume(values[: i + 1], reference) for i in range(len(values))]
    assert curve.tolist() == pytest.approx(expected, abs=1e-9)
    assert (np.diff(curve) >= -1e-9).all()


@pytest.mark.parametrize("objectives", [2, 3, 4])
def test_curve_of_many(objectives):
    values = np.random.default_rng(objectives).random((300, objectives))
    reference = np.full(objectives, 0.9)
    curve = hypervolume_curve(values, reference)
    assert curve[[0, 50, -1]] == pytest.approx([hypervolume(values[:n], reference) for n in (1, 51, 300)], abs=1e-12)


@quick
@given(grids(least=1), st.integers(0, 2**32))
def test_volume_is_that_of_the_front_in_any_order(values, seed):
    reference = np.full(values.shape[1], 6.0)
    volume = hypervolume(values, reference)
    order = np.random.default_rng(seed).permutation(len(values))
    assert hypervolume(values[order], reference) == pytest.approx(volume)
    assert hypervolume(values[non_dominated(values)], reference) == pytest.approx(volume)
    assert hypervolume(values[:, ::-1], reference) == pytest.approx(volume)
    assert hypervolume(values * 2 + 1, reference * 2 + 1) == pytest.approx(volume * 2 ** values.shape[1])


def test_volume_by_hand():
    assert hypervolume([[1, 3], [2, 2], [3, 1]], [4, 4]) == 6.0
    assert hypervolume([[4, 0], [0, 4], [5, 5], [math.nan, 0]], [4, 4]) == 0.0
    assert hypervolume([[0, 0, 0], [1, 1, 1]], [2, 3, 4]) == 24.0
    assert hypervolume(np.empty((0, 2)), [1, 1]) == 0.0
    assert hypervolume_curve([[5, 5], [2, 2], [3, 3], [1, 3], [0, 0]], [4, 4]).tolist() == [0, 4, 4, 5, 16]


def test_bad_reference():
    with pytest.raises(BadValue, match="2 objectives and the reference 3"):
        hypervolume([[1.0, 2.0]], [1.0, 1.0, 1.0])
    with pytest.raises(BadValue, match=r"reference\[1\] is inf"):
        hypervolume_curve([[1.0, 2.0]], [1.0, math.inf])


def test_reference_is_the_nadir_and_a_margin():
    table = np.array([[0.0, 10.0], [2.0, 4.0], [4.0, 0.0], [90.0, 90.0], [math.nan, -5.0], [-1.0, math.inf]])
    assert reference_point(table) == pytest.approx([4.4, 11.0])
    assert reference_point(table, margin=0.5) == pytest.approx([6.0, 15.0])
    assert unit_scale(table[:3], table) == pytest.approx(np.array([[0, 1], [0.5, 0.4], [1, 0]]))


def test_reference_of_a_front_without_extent():
    assert reference_point([[1.0, 2.0, 7.0], [5.0, 4.0, 7.0]]) == pytest.approx([1.4, 2.2, 7.1])
    assert unit_scale([[3.0, 2.0]], [[1.0, 2.0], [5.0, 2.0]]) == pytest.approx(np.array([[0.5, 0.0]]))


@quick
@given(grids(least=1))
def test_all_of_the_front_lies_inside_the_reference(values):
    reference = reference_point(values)
    front = values[non_dominated(values)]
    assert (front < reference).all()
    assert hypervolume(front, reference) > 0


@pytest.mark.parametrize("margin", [0, -1, math.inf, math.nan])
def test_bad_margin(margin):
    with pytest.raises(BadValue, match="margin"):
        reference_point([[1.0, 2.0]], margin)


def test_bad_scale():
    with pytest.raises(BadValue, match="no row that is finite"):
        reference_point([[math.inf, 1.0]])
    with pytest.raises(BadValue, match="1 objectives and the table 2"):
        unit_scale([[1.0]], [[1.0, 2.0]])


@quick
@given(st.integers(1, 4).flatmap(lambda d: st.tuples(*[grids(least=1, objectives=st.just(d))] * 2)))
def test_indicators_by_definition(sets):
    values, front = sets
    distances = [min(np.linalg.norm(np.maximum(a - z, 0)) for a in values) for z in front]
    assert igd_plus(values, front) == pytest.approx(np.mean(distances))
    assert additive_epsilon(values, front) == max(min((a - z).max() for a in values) for z in front)
    assert additive_epsilon(front, front) == igd_plus(front, front) == 0
    lowered = values - max(0.0, additive_epsilon(values, front))
    assert igd_plus(lowered, front) == 0


def test_indicators_by_hand():
    front = [[0.0, 2.0], [2.0, 0.0]]
    assert igd_plus([[1.0, 1.0]], front) == 1.0
    assert igd_plus([[3.0, 4.0]], [[0.0, 0.0]]) == 5.0
    assert additive_epsilon([[3.0, 4.0]], [[0.0, 0.0]]) == 4.0
    assert additive_epsilon([[-1.0, -2.0]], [[0.0, 0.0]]) == -1.0
    assert igd_plus([[-1.0, -2.0]], [[0.0, 0.0]]) == 0.0
    assert igd_plus([[math.nan, 0.0]], front) == additive_epsilon(np.empty((0, 2)), front) == math.inf


def test_indicators_in_pieces():
    chance = np.random.default_rng(0)
    values, front = 1 - np.sqrt(np.linspace([0, 1], [1, 0], 2000)), chance.random((600, 2)) - 0.4
    gaps = values[None] - front[:, None]
    expected = np.sqrt((np.maximum(gaps, 0) ** 2).sum(axis=2)).min(axis=1).mean()
    assert igd_plus(values, front) == pytest.approx(expected)
    assert additive_epsilon(values, front) == gaps.max(axis=2).min(axis=1).max()


def test_bad_front():
    for indicator in (igd_plus, additive_epsilon):
        with pytest.raises(BadValue, match="front"):
            indicator([[1.0]], [[math.nan]])
        with pytest.raises(BadValue, match="1 objectives and the front 2"):
            indicator([[1.0]], [[1.0, 2.0]])


def spread(objectives, n=200, decimals=9):
    return np.random.default_rng(objectives).random((n, objectives)).round(decimals)


@pytest.mark.parametrize("objectives", [2, 3, 4, 5])
@pytest.mark.parametrize("decimals", [1, 9])
def test_equal_to_moocore(objectives, decimals):
    moocore = pytest.importorskip("moocore")
    values, reference = spread(objectives, 60 if objectives > 3 else 2000, decimals), np.full(objectives, 0.95)
    theirs = moocore.hypervolume(values, ref=reference)
    assert hypervolume(values, reference) == pytest.approx(theirs, rel=1e-12)
    assert non_dominated(values).tolist() == moocore.is_nondominated(values, keep_weakly=True).tolist()
    front = values[non_dominated(values)] - 0.1
    assert igd_plus(values[:50], front) == pytest.approx(moocore.igd_plus(values[:50], ref=front), rel=1e-12)
    assert additive_epsilon(values[:50], front) == pytest.approx(moocore.epsilon_additive(values[:50], ref=front))


@pytest.mark.parametrize("objectives", [2, 3])
def test_equal_to_pymoo(objectives):
    hv = pytest.importorskip("pymoo.indicators.hv")
    igd = pytest.importorskip("pymoo.indicators.igd_plus")
    sorting = pytest.importorskip("pymoo.util.nds.non_dominated_sorting")
    values, reference = spread(objectives), np.full(objectives, 0.95)
    assert hypervolume(values, reference) == pytest.approx(hv.HV(ref_point=reference)(values), rel=1e-12)
    front = sorting.NonDominatedSorting().do(values, only_non_dominated_front=True)
    assert np.flatnonzero(non_dominated(values)).tolist() == sorted(front.tolist())
    assert igd_plus(values[:50], values[front]) == pytest.approx(igd.IGDPlus(values[front])(values[:50]), rel=1e-12)
