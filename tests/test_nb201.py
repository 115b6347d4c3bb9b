import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.costs import nb201
from harness.errors import BadValue
from harness.spaces.nb201 import CONV1, NONE, SKIP, Nb201, live_edges

SPACE = Nb201()
ARCHS = st.tuples(*[st.integers(0, 4)] * 6)
DATASETS = {"cifar10": 10, "cifar100": 100, "imagenet16_120": 120}


@pytest.fixture(scope="module")
def official(real_data):
    return pd.read_parquet(real_data / "nb201_arch.parquet")


def test_count_first_middle_last():
    archs = SPACE.all()
    assert len(archs) == len(set(archs)) == SPACE.size == 15625
    assert SPACE.encode(archs[0]) == (
        "|avg_pool_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|nor_conv_1x1~0|skip_connect~1|skip_connect~2|"
    )
    assert SPACE.encode(archs[7812]) == (
        "|skip_connect~0|+|skip_connect~0|avg_pool_3x3~1|+|skip_connect~0|nor_conv_3x3~1|skip_connect~2|"
    )
    assert SPACE.encode(archs[15624]) == (
        "|nor_conv_1x1~0|+|none~0|nor_conv_1x1~1|+|none~0|nor_conv_1x1~1|nor_conv_1x1~2|"
    )


def test_6466_classes():
    assert len({SPACE.canonical(arch) for arch in SPACE.all()}) == 6466


@given(ARCHS)
def test_text_and_index_round_trip(arch):
    assert SPACE.decode(SPACE.encode(arch)) == arch
    assert SPACE.all()[SPACE.index(arch)] == arch


@given(ARCHS)
def test_canonical_is_the_first_of_its_class(arch):
    representative = SPACE.canonical(arch)
    assert SPACE.canonical(representative) == representative
    assert SPACE.index(representative) <= SPACE.index(arch)


@given(ARCHS)
def test_mutation_gives_a_neighbor(arch):
    assert SPACE.mutate(arch, np.random.default_rng(0)) in SPACE.neighbors(arch)
    assert len(set(SPACE.neighbors(arch))) == 24


def test_dead_edges_are_not_live():
    assert live_edges((CONV1, NONE, SKIP, NONE, NONE, NONE)) == []
    assert [edge.target for edge in live_edges((CONV1, SKIP, NONE, NONE, CONV1, NONE))] == [1, 3]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no cell of nb201"),
        ("|none~0|+|none~0|none~1|", "no cell of nb201"),
        ("|conv~0|+|none~0|none~1|+|none~0|none~1|none~2|", "'conv' is no operation"),
        ("01201210", "no cell of nb201"),
    ],
)
def test_text_of_another_space(text, message):
    with pytest.raises(BadValue, match=message):
        SPACE.decode(text)


@pytest.mark.parametrize("arch", [(0,) * 5, (5,) * 6, (0, 0, 0, 0, 0, -1), [0] * 6, "none"])
def test_index_of_what_is_not_of_the_space(arch):
    with pytest.raises(BadValue, match="no architecture of nb201"):
        SPACE.index(arch)


def test_costs_without_an_official_data_set():
    with pytest.raises(BadValue, match="7 classes"):
        nb201.flops((0,) * 6, 7)
    with pytest.raises(BadValue, match="multiple of 4"):
        nb201.flops((0,) * 6, 10, image_size=30)
    assert nb201.flops((0,) * 6, 7, image_size=16) < nb201.flops((0,) * 6, 10)


@pytest.mark.real_data
def test_order_is_the_official_one(official):
    assert [SPACE.encode(arch) for arch in SPACE.all()] == official.arch_str.tolist()
    assert [SPACE.decode(text) for text in official.arch_str] == SPACE.all()


@pytest.mark.real_data
def test_classes_are_the_official_ones(official):
    ours = [SPACE.index(SPACE.canonical(arch)) for arch in SPACE.all()]
    pairs = set(zip(ours, official.iso_id.tolist(), strict=True))
    assert len(pairs) == len({a for a, _ in pairs}) == len({b for _, b in pairs}) == 6466


@pytest.mark.real_data
@pytest.mark.parametrize("dataset", DATASETS)
def test_parameters_are_the_official_ones(official, dataset):
    ours = [nb201.parameters(arch, DATASETS[dataset]) for arch in SPACE.all()]
    assert ours == official[f"params_{dataset}"].tolist()


@pytest.mark.real_data
def test_flops_are_the_official_ones(official):
    ours = [nb201.flops(arch, 10) for arch in SPACE.all()]
    np.testing.assert_allclose(ours, official.flops_m_formula_cifar10, rtol=0, atol=1e-9)
