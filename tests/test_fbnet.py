"""FBNet: soft draws, and a loss that knows how long operations take."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from toy_texture import TextureBenchmark, sees

from harness.errors import BadValue
from harness.latency.counted import counted
from harness.latency.layout import layout, layout_of
from harness.latency.table import write_table
from harness.live.reproducible import reproducible
from harness.spaces.nb201 import CONV3, NONE, SKIP
from proxies.weight_sharing.fbnet import Fbnet

NOTHING = np.empty(0)


def trained(**options: float) -> Fbnet:
    supernet = Fbnet(TextureBenchmark(), seed=0, epochs=20, batch=50, alpha_lr=0.05, **options)  # type: ignore[arg-type]
    with reproducible():
        supernet.fit([], NOTHING)
    return supernet


def test_it_puts_a_3x3_convolution_where_it_matters_and_latency_makes_the_rest_cheaper() -> None:
    careless, careful = trained(beta=0), trained(beta=4)
    assert sees(careless.derive())
    assert sees(careful.derive())
    last = [[row.value for row in net.history if row.measure == "expected_latency"][-1] for net in (careless, careful)]
    assert last[1] < 0.8 * last[0]


def test_the_price_is_that_of_equation_2() -> None:
    supernet = Fbnet(TextureBenchmark(), seed=0, alpha=0.5, beta=2.0)
    assert supernet.price(torch.tensor(0.1)).item() == pytest.approx(0.5 * math.log(100) ** 2)


def test_the_expected_latency_of_an_architecture_is_the_tables_sum() -> None:
    supernet = Fbnet(TextureBenchmark(), seed=0)
    table = counted(layout((1, 8, 4)), "texture")
    arch = (CONV3, SKIP, NONE, CONV3, CONV3, SKIP)
    certain = [torch.eye(5)[option] for option in arch]
    assert supernet.latency.of(certain).item() == pytest.approx(table.rest + table.operations()[list(arch)].sum())
    halves = [(torch.eye(5)[option] + torch.eye(5)[NONE]) / 2 for option in arch]
    assert supernet.latency.of(halves).item() == pytest.approx(table.rest + table.operations()[list(arch)].sum() / 2)


def test_a_measured_table_is_looked_up(tmp_path: Path) -> None:
    table = counted(layout((1, 8, 4)), "texture")
    twice = table._replace(fixed={name: timing._replace(median=1.0, high=1.0) for name, timing in table.fixed.items()})
    write_table(twice, tmp_path / "latency.json")
    supernet = Fbnet(TextureBenchmark(), seed=0, latency_file=str(tmp_path / "latency.json"))
    assert supernet.latency.rest == pytest.approx(len(table.fixed))


def test_a_table_of_another_network_is_refused(tmp_path: Path) -> None:
    write_table(counted(layout_of("cifar10"), "cifar10"), tmp_path / "latency.json")
    with pytest.raises(BadValue, match=r"stages 5 cells of 16 channels.*supernet of fbnet has 2 cells of 8 channels"):
        Fbnet(TextureBenchmark(), seed=0, latency_file=str(tmp_path / "latency.json"))


def test_the_temperature_falls_exponentially() -> None:
    supernet = Fbnet(TextureBenchmark(), seed=0, epochs=3, batch=150, recalibration=75, warmest=4.0, coldest=0.25)
    supernet.fit([], NOTHING)
    assert [row.value for row in supernet.history if row.measure == "temperature"] == pytest.approx([4, 1, 0.25])


def test_every_operation_is_computed() -> None:
    assert {len(weights) for weights in Fbnet(TextureBenchmark(), seed=0).drawn()} == {5}


@pytest.mark.parametrize("options", [{"alpha": 0.0}, {"beta": -1.0}, {"beta": float("nan")}])
def test_bad_exponents_are_refused(options: dict[str, float]) -> None:
    with pytest.raises(BadValue, match="of fbnet: give more than 0, and 0 or more"):
        Fbnet(TextureBenchmark(), seed=0, **options)  # type: ignore[arg-type]
