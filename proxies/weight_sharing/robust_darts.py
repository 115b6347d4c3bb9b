"""DARTS that stops before it collapses (Zela et al., Understanding and Robustifying DARTS, ICLR 2020, section 4.3)."""

import math
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Unpack

from harness.core import Arch, Benchmark
from harness.errors import BadValue
from proxies.weight_sharing._alphas import Alphas, mixed
from proxies.weight_sharing._curvature import largest_eigenvalue
from proxies.weight_sharing._differentiable import Differentiable, Learning, Slope, strengths, warmed
from proxies.weight_sharing._edge import MixedEdge
from proxies.weight_sharing._settings import Common, Settings
from proxies.weight_sharing._shared import Mixture
from proxies.weight_sharing._supernet import Stateful
from proxies.weight_sharing._task import Images, cell_network, task_of

STEPS = 8
"""Lanczos steps: from the third epoch on the largest of 30 eigenvalues has then six digits, in the first one or two."""


class RobustDarts(Differentiable):
    """DARTS of the first order, which watches the largest eigenvalue of the Hessian by the architecture parameters.

    The Hessian is that of the loss of a validation batch, after every epoch. When the eigenvalue, smoothed over
    `window` epochs, grows so fast that the one of `window` epochs before is less than `ratio` of it, training stops,
    and the architecture of then is derived. Eigenvalues of the first `warmup` epochs, by default a fifth of
    all, when the weights are not yet of use, are not looked at. The other repair of the paper is a larger
    `weight_decay`.
    """

    def __init__(
        self,
        benchmark: Benchmark,
        *,
        seed: int,
        window: int = 5,
        ratio: float = 0.75,
        warmup: int | None = None,
        alpha_lr: float = 0.01,
        alpha_decay: float = 1e-3,
        **common: Unpack[Common],
    ) -> None:
        if window < 1 or not window % 2 or not 0 <= ratio < 1:
            raise BadValue(
                f"window = {window!r}, ratio = {ratio!r} of robust_darts: give an odd number of epochs, and a ratio "
                "from 0 (never stop) to below 1"
            )
        task = task_of(benchmark, Settings(**(Common(epochs=50) | common)), "robust_darts")
        network = cell_network(task, seed, partial(MixedEdge, affine=False), "robust_darts")
        self.edges = Alphas(network, seed)
        super().__init__(task, network, self.edges, Learning(alpha_lr, alpha_decay), seed=seed)
        self.window, self.ratio, epochs = window, ratio, task.settings.epochs
        self.warmup = warmed(epochs // 5 if warmup is None else warmup, epochs)
        self.record = Record()

    def mixture(self) -> Mixture:
        """All operations, weighted by the softmax of their edge's parameters."""
        return mixed(self.edges.softmax())

    def slope(self, train: Images, valid: Images) -> Slope:
        """Of the validation loss at the weights as they are."""
        return self.first_order(valid)

    def train_epoch(self) -> Mapping[str, float]:
        """One pass over the training images, then the eigenvalue, and the decision whether to go on."""
        losses = self.alternate(self.paced(self.task.train))
        eigenvalue = self._eigenvalue()
        self.record.add(eigenvalue, self.network.discretise(strengths(self.edges.softmax())))
        self.stopped = grows(self.record.eigenvalues[self.warmup :], self.window, self.ratio)
        found = {"eigenvalue": eigenvalue} if math.isfinite(eigenvalue) else {}
        return losses | self.seen(self.edges.softmax()) | found

    def derive(self) -> Arch:
        """The strongest operations, `none` left out; where training stopped, those from before the growth."""
        if not self.stopped:
            return self.network.discretise(strengths(self.edges.softmax()))
        return self.record.archs[-1 - self.window // 2 - self.window]

    def _eigenvalue(self) -> float:
        with self.norms.still():
            loss = self.mixture_loss(next(self.task.batches(self.task.valid, self.rng)))
        return largest_eigenvalue(loss, list(self.edges.parameters()), self.generator, STEPS)

    def parts(self) -> Mapping[str, Stateful]:
        """The architecture parameters, their optimizer, and the record of eigenvalues."""
        return {"alphas": self.alphas, "architect": self.architect, "record": self.record}


class Record:
    """The eigenvalue and the architecture after each epoch."""

    def __init__(self) -> None:
        self.eigenvalues: list[float] = []
        self.archs: list[Arch] = []

    def add(self, eigenvalue: float, arch: Arch) -> None:
        """Append those of one more epoch."""
        self.eigenvalues.append(eigenvalue)
        self.archs.append(arch)

    def state_dict(self) -> dict[str, Any]:
        """Both lists."""
        return {"eigenvalues": self.eigenvalues, "archs": self.archs}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from such a state."""
        self.eigenvalues, self.archs = list(state["eigenvalues"]), [tuple(arch) for arch in state["archs"]]


def grows(eigenvalues: Sequence[float], window: int, ratio: float) -> bool:
    """Whether the smoothed eigenvalue of `window` epochs ago is below `ratio` of the last one (section 4.3).

    An epoch's smoothed value is the mean over the `window` epochs around it; the last that is known is therefore that
    of half a window ago. False while there are fewer than two windows, where one of them has an eigenvalue that is NaN,
    where the last is not positive, and for a ratio of 0.
    """
    if len(eigenvalues) < 2 * window:
        return False
    before, now = sum(eigenvalues[-2 * window : -window]), sum(eigenvalues[-window:])
    return ratio > 0 and now > 0 and before < ratio * now
