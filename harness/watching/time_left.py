"""How long an experiment still takes, from the pace that it has had since it was last started."""

from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence
from math import nan
from typing import NamedTuple


class Work(NamedTuple):
    """Pieces of work that are alike: the runs of an algorithm, or the blocks of proxies that are scored together.

    `seconds` are those that the `done` pieces took, by the clock of the process that did them; `fresh` of them were
    done since the last start.
    """

    kind: str
    study: int
    pieces: int
    done: int
    fresh: int
    seconds: float


def seconds_left(works: Sequence[Work], elapsed: float, waited: float) -> list[float]:
    """Seconds until each work and those before it are done; NaN where nothing tells.

    A piece weighs what those of the same work took, or else of the same study, or of the same kind, and is unknown
    before the first of its kind. The pace is the weight done in the `elapsed` seconds from the last start to the last
    piece, however many processes share it. That was `waited` seconds ago: where it is longer than all that was to come
    should take, the estimate has failed.
    """
    costs = _costs(works)
    fresh = sum(work.fresh * cost for work, cost in zip(works, costs, strict=True) if work.fresh)
    if not fresh > 0:
        return [nan] * len(works)
    found, ahead = [], 0.0
    for work, cost in zip(works, costs, strict=True):
        left = max(work.pieces - work.done, 0)
        ahead += left * cost * elapsed / fresh if left else 0.0
        found.append(0.0 if ahead == 0 else ahead - waited if ahead > waited else nan)
    return found


def _costs(works: Sequence[Work]) -> list[float]:
    """Seconds of one piece of each work."""
    done: Counter[Hashable] = Counter()
    seconds: dict[Hashable, float] = defaultdict(float)
    for i, work in enumerate(works):
        for near in _nearest(i, work):
            done[near] += work.done
            seconds[near] += work.seconds
    return [
        next((seconds[near] / done[near] for near in _nearest(i, work) if seconds[near] > 0), nan)
        for i, work in enumerate(works)
    ]


def _nearest(i: int, work: Work) -> tuple[Hashable, ...]:
    """What a piece may be judged by, the likest first."""
    return i, ("study", work.study), ("kind", work.kind)
