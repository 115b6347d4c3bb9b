"""A live benchmark that sleeps and computes its answers, and writes down when and where it did so."""

import json
import os
import signal
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from toy_problem import Grid

from harness.core import Algorithm, Benchmark, Evaluation, Fidelity, Metric, Problem, Query, Trial
from harness.errors import Unmeasured


class SlowLive(Benchmark):
    """An epoch takes `seconds`, by the clock and as charged; epochs that the checkpoint has take none.

    `folder` keeps the diary, a line for each training that began, and what was killed. Architectures that begin with
    `fails` diverge; the first two workers that train one that begins with `kills` die after its first epoch. Of so many
    trainings that `meet` each ends only when the next one has begun.
    """

    name = "slow_live"
    metrics = (Metric("valid_accuracy", "%", True, "valid"), Metric("test_accuracy", "%", True, "test"))
    fidelities = tuple(Fidelity(epochs, 9) for epochs in (1, 3, 9))
    provenance: Mapping[str, str] = {}

    def __init__(
        self, *, folder: str, seconds: float = 0.0, fails: int = -1, kills: int = -1, wrong: int = -1,
        jitter: float = 0.0, meet: int = 0, device: str = "cpu", checkpoints: str | None = None,
    ) -> None:  # fmt: skip
        self.space, self.seeds = Grid((4, 4, 4)), (0, 1)
        self._folder, self._seconds, self._jitter = Path(folder), seconds, jitter
        self._fails, self._kills, self._wrong, self._meet = fails, kills, wrong, meet
        self._checkpoints = Path(checkpoints or folder)

    def evaluate(self, query: Query, seed: int | None) -> Evaluation:
        name = "-".join(map(str, (*query.arch, seed)))
        began, trained = time.time(), self._trained(name)
        self._wait_for_the_next()
        for epoch in range(trained, query.fidelity.epochs):
            time.sleep(self._seconds + self._jitter * (sum(query.arch) % 3))
            self._checkpoints.mkdir(parents=True, exist_ok=True)
            (self._checkpoints / name).write_text(str(epoch + 1))
            self._perhaps_die(query, name)
        note = {"name": name, "epochs": query.fidelity.epochs, "from": trained, "began": began, "ended": time.time()}
        with (self._folder / "diary").open("a") as file:
            file.write(json.dumps(note | {"pid": os.getpid()}) + "\n")
        if query.arch[0] == self._fails:
            raise Unmeasured(f"{name} diverged")
        if query.arch[0] == self._wrong:
            raise ZeroDivisionError(f"{name} is wrong")
        value = float(sum(query.arch)) + query.fidelity.epochs / 10
        return Evaluation({"valid_accuracy": value, "test_accuracy": value - 1}, query.fidelity.epochs * 2.0)

    def _wait_for_the_next(self) -> None:
        for turn in range(self._meet):
            with suppress(FileExistsError):
                (self._folder / f"turn-{turn}").touch(exist_ok=False)
                until = time.monotonic() + 60
                while turn + 1 < self._meet and not (self._folder / f"turn-{turn + 1}").exists():
                    if time.monotonic() > until:
                        raise TimeoutError("no training began beside this one")
                    time.sleep(0.01)
                return

    def _trained(self, name: str) -> int:
        path = self._checkpoints / name
        return int(path.read_text() or 0) if path.exists() else 0

    def _perhaps_die(self, query: Query, name: str) -> None:
        dead = self._folder / f"killed-{name}"
        if query.arch[0] == self._kills and not dead.exists() and len(list(self._folder.glob("killed-*"))) < 2:
            dead.touch()
            os.kill(os.getpid(), signal.SIGKILL)


class DyingSearch(Algorithm):
    """Asks for every architecture in turn; its process dies once, at the fifth question."""

    def __init__(self, problem: Problem, *, seed: int, folder: str) -> None:
        self._archs, self._fidelity = iter(problem.space.all()), problem.fidelities[0]
        self._dead, self._asked = Path(folder) / "dead", 0

    def ask(self) -> Query:
        self._asked += 1
        if self._asked == 5 and not self._dead.exists():
            self._dead.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return Query(next(self._archs), self._fidelity)

    def tell(self, trial: Trial) -> None:
        pass


def diary(folder: Path) -> list[dict[str, float]]:
    """What was trained, in the order in which it ended."""
    path = folder / "diary"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
