"""Images per second of training beside a plain loop in torch.

`python tests/bench_live.py [--device cuda]`: one official network, and 64 small ones side by side beside one after the
other. The plain loop is what one would write: images on the device, batches gathered there, torch's optimizer and
schedule, loss and accuracy read after each step. Nothing is mirrored or moved in either. On a GPU it is demanded that
one network is no slower and that many are at least five times as fast; it ends with 1 where they are not.
"""

import argparse
import sys
import time
from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from harness.live.many import ManyPlan, ManyTrainer
from harness.live.recipe import SgdRecipe
from harness.live.setup import Setup
from harness.live.skeletons import Official, Small
from harness.live.task import Placed, Task
from harness.live.trainer import Plan, Trainer
from harness.spaces.nb201 import CONV1, CONV3, POOL, SKIP, Nb201

CELL = (CONV3, CONV1, SKIP, POOL, SKIP, CONV3)
DEMANDED = {"one": 1.0, "many": 5.0}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--images", type=int, default=0, help="to train the official network; 0: 25600, on a CPU 512")
    parser.add_argument("--networks", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--amp", choices=["bfloat16", "float16"])
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--deterministic", action="store_true")
    parser.add_argument("--no-channels-last", action="store_true")
    given = parser.parse_args()
    setup = Setup(given.device, given.amp, not given.no_channels_last, given.compile, given.deterministic)
    on_gpu = torch.device(given.device).type == "cuda"
    where = torch.cuda.get_device_name(given.device) if on_gpu else f"CPU, {torch.get_num_threads()} threads"
    print(f"on {where}; {setup}")
    ratios = {"one": one(given, setup, on_gpu), "many": many(given, setup)}
    missed = [name for name, ratio in ratios.items() if ratio < DEMANDED[name]]
    print(f"demanded on a GPU: {DEMANDED}" + (f"; missed: {', '.join(missed)}" if missed else "; met"))
    sys.exit(1 if missed and on_gpu else 0)


def one(given: argparse.Namespace, setup: Setup, on_gpu: bool) -> float:
    """The official network, batches of 256."""
    images = given.images or (25_600 if on_gpu else 512)
    task = noise(images, 32, 3, given.device)
    recipe = SgdRecipe(flip=0, crop=0)
    ours = Trainer(Official().build(CELL, task.shape, 0), task, Plan(recipe, 100, 0), setup)
    plain = Plain([Official().build(CELL, task.shape, 0)], task, recipe, setup)
    return compared("one official network", images, given, ours.run_epoch, plain.epoch)


def many(given: argparse.Namespace, setup: Setup) -> float:
    """Small networks of different cells, batches of 75."""
    task, rng = noise(900, 8, 1, given.device), np.random.default_rng(0)
    recipe = SgdRecipe(batch=75, flip=0, crop=0)
    archs, seeds = [Nb201().sample(rng) for _ in range(given.networks)], tuple(range(given.networks))
    networks = [Small().build(arch, task.shape, seed) for arch, seed in zip(archs, seeds, strict=True)]
    plain = Plain([nn.Sequential(network, nn.Flatten()) for network in networks], task, recipe, setup)
    ours = ManyTrainer(networks, task, ManyPlan(recipe, 100, seeds), setup)
    title = f"{given.networks} small networks, each with its own order of images"
    return compared(title, 900 * given.networks, given, ours.run_epoch, plain.epoch)


def compared(
    title: str, images: int, given: argparse.Namespace, ours: Callable[[], object], plain: Callable[[], object]
) -> float:
    """Best of the rounds, in turns; the first epoch of each, which also chooses kernels, does not count."""
    seconds = np.array([[timed(run, given.device) for run in (ours, plain)] for _ in range(given.rounds + 1)])[1:].min(
        0
    )
    ratio: float = seconds[1] / seconds[0]
    print(f"{title}: ours {images / seconds[0]:,.0f} images/s, plain {images / seconds[1]:,.0f}; ratio {ratio:.2f}")
    return ratio


def timed(run: Callable[[], object], device: str) -> float:
    began = time.perf_counter()
    run()
    if torch.device(device).type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter() - began


def noise(images: int, side: int, colours: int, device: str) -> Task:
    """Images to train, and a few to validate and to test, which the plain loop leaves out."""
    rng = np.random.default_rng(1)

    def part(n: int) -> Placed:
        pixels = torch.from_numpy(rng.normal(size=(n, colours, side, side)).astype(np.float32)).to(device)
        return Placed(pixels, torch.from_numpy(rng.integers(10, size=n)).to(device))

    return Task("noise", 10, part(images), part(8), part(8))


class Plain:
    """The networks, one after the other."""

    def __init__(self, networks: Sequence[nn.Module], task: Task, recipe: SgdRecipe, setup: Setup) -> None:
        self.networks, self.task, self.recipe, self.setup = networks, task, recipe, setup
        self.forwards = [setup.place(network) for network in networks]
        self.optimizers = [
            torch.optim.SGD(network.parameters(), recipe.lr, 0.9, 0, recipe.weight_decay, True) for network in networks
        ]
        steps = -(-len(task.train.labels) // recipe.batch)
        self.schedules = [torch.optim.lr_scheduler.CosineAnnealingLR(one, 100 * steps) for one in self.optimizers]
        self.scaler = setup.scaler()

    def epoch(self) -> list[float]:
        """One epoch of each network; the mean losses."""
        return [self.of(k) for k in range(len(self.networks))]

    def of(self, k: int) -> float:
        """One epoch of one network."""
        train, total, right = self.task.train, 0.0, 0.0
        self.networks[k].train()
        for rows in torch.randperm(len(train.labels), device=train.labels.device).split(self.recipe.batch):
            images, labels = train.images[rows].contiguous(memory_format=self.setup.layout), train.labels[rows]
            logits, loss = self.step(k, images, labels)
            total += loss.item() * len(labels)
            right += (logits.argmax(1) == labels).sum().item()
        return total / len(train.labels)

    def step(self, k: int, images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """One step of one network."""
        with self.setup.precision():
            logits = self.forwards[k](images)
            loss = F.cross_entropy(logits, labels)
        self.optimizers[k].zero_grad()
        self.scaler.scale(loss).backward()
        self.scaler.step(self.optimizers[k])
        self.scaler.update()
        self.schedules[k].step()
        return logits.detach(), loss.detach()


if __name__ == "__main__":
    main()
