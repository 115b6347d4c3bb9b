"""A short training from inherited weights: what it costs nobody, and what it is good for."""

from collections.abc import Sequence

import numpy as np
import pytest
import torch
from toy_texture import TextureBenchmark, sees

from harness.core import Arch
from harness.errors import BadValue
from harness.live.reproducible import reproducible
from harness.spaces.nb201 import CONV3, NONE, SKIP
from proxies.weight_inheritance.inherited_fine_tune import InheritedFineTune

NOTHING = np.empty(0)
SEEING = (CONV3, NONE, SKIP, NONE, NONE, SKIP)
ARCHS: Sequence[Arch] = [(3, 1, 2, 4, 3, 3), (1, 0, 0, 3, 0, 1), (2, 1, 4, 0, 2, 1)]


def made(seed: int = 0, **options) -> InheritedFineTune:
    return InheritedFineTune(
        TextureBenchmark(), seed=seed, **{"epochs": 2, "batch": 75, "recalibration": 75, **options}
    )


def scores(proxy: InheritedFineTune, archs: Sequence[Arch] = ARCHS) -> list[float]:
    with reproducible():
        return proxy.score(archs).tolist()


def test_a_little_training_lifts_what_can_learn_and_not_what_cannot() -> None:
    proxy = made(epochs=1, batch=25, tuning=12, tuning_lr=0.1)
    before = proxy.supernet.score([SEEING])
    assert before < 75 < 85 < scores(proxy, [SEEING])[0]
    assert not sees((SKIP,) * 6)
    assert scores(proxy, [(SKIP,) * 6])[0] < 60


def test_the_score_is_that_of_each_alone_in_any_order() -> None:
    first = scores(made())
    assert scores(made()) == first
    assert scores(made(), ARCHS[::-1]) == first[::-1]
    assert scores(made(), ARCHS[1:2]) == first[1:2]


def test_the_supernet_stays_as_it_was() -> None:
    proxy = made(tuning=2)
    with reproducible():
        proxy.fit([], NOTHING)
    before = {name: values.clone() for name, values in proxy.supernet.network.state_dict().items()}
    inherited = proxy.supernet.score(ARCHS)
    proxy.supernet.network.load_state_dict(before)
    tuned = scores(proxy)
    assert all(torch.equal(values, before[name]) for name, values in proxy.supernet.network.state_dict().items())
    assert scores(proxy) == tuned != inherited.tolist()


def test_an_operation_that_is_not_used_learns_nothing() -> None:
    proxy = made()
    with reproducible():
        proxy.fit([], NOTHING)
    begin = {name: values.clone() for name, values in proxy.supernet.network.state_dict().items()}
    with reproducible():
        proxy._tuned(SEEING, begin)
    after = proxy.supernet.network.state_dict()
    moved = {name for name, values in proxy.supernet.network.named_parameters() if not torch.equal(begin[name], values)}
    assert any("edges.0.conv3" in name for name in moved)
    assert not any("conv1" in name or "edges.1" in name for name in moved)
    assert set(after) == set(begin)


def test_any_supernet_may_be_inherited_from() -> None:
    proxy = made(supernet="big_nas")
    assert type(proxy.supernet).__name__ == "BigNas"
    assert np.isfinite(scores(proxy, ARCHS[:1])).all()


def test_what_diverges_has_no_score() -> None:
    assert np.isnan(scores(made(lr=1e30, clip=1e30))).all()
    assert np.isnan(scores(made(tuning_lr=1e30, clip=1e30, tuning=3))).any()


@pytest.mark.parametrize(("options", "says"), [
    ({"tuning": 0}, "tuning = 0"), ({"tuning_lr": 0}, "tuning_lr = 0"), ({"supernet": "synflow"}, "choose a supernet"),
])  # fmt: skip
def test_bad_options_are_refused(options: dict, says: str) -> None:
    with pytest.raises(BadValue, match=says):
        InheritedFineTune(TextureBenchmark(), seed=0, **options)
