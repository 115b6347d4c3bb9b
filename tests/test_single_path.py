"""Single path one-shot: the inherited accuracies say which cells can solve a task."""

import numpy as np
from toy_texture import TextureBenchmark, sees

from proxies.weight_sharing.single_path import SinglePath

NOTHING = np.empty(0)


def test_cells_that_see_are_told_from_those_that_do_not() -> None:
    supernet = SinglePath(TextureBenchmark(), seed=0, epochs=60, batch=25)
    supernet.fit([], NOTHING)
    rng = np.random.default_rng(0)
    archs = [supernet.task.space.sample(rng) for _ in range(60)]
    scores = supernet.score(archs)
    able = np.array([sees(arch) for arch in archs])
    assert np.median(scores[able]) > 75
    assert scores[~able].max() < 60
    assert sees(supernet.derive())
