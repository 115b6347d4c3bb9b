"""What a finished block adds to what is known of its study."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from harness.block_files import check_block, shard
from harness.errors import BadValue
from harness.parquet_file import read_frame
from harness.seals import Damage

SEARCH = ["algorithm", "seed", "step", "test", "regret"]
PROXY = ["proxy", "seed", "score", "truth"]


class Final(NamedTuple):
    """The last incumbent of a run; NaN where nothing is known of it."""

    algorithm: str
    test: float
    regret: float


class Scored(NamedTuple):
    """What a proxy gave the architectures of a block with one seed, and their truth, shape (architectures,)."""

    proxy: str
    seed: int
    score: NDArray[np.float64]
    truth: NDArray[np.float64]


class Finished(NamedTuple):
    """A finished block: when it was written (seconds since the epoch), the seconds that it took, and its results.

    `runs` are pairs of a label and a seed.
    """

    written: float
    seconds: float
    runs: tuple[tuple[str, int], ...]
    finals: tuple[Final, ...]
    scored: tuple[Scored, ...]


def read_finished(folder: Path, kind: str, name: str) -> Finished:
    """Read the block's files; `FileNotFoundError` when they have gone, `BadValue` when they are damaged."""
    path = shard(folder, kind, name)
    try:
        rows = check_block(folder, kind, name)
        runs = tuple((str(row["label"]), int(row["seed"])) for row in rows)
        frame = read_frame(path, SEARCH if kind == "search" else PROXY)
        results = (_finals(frame), ()) if kind == "search" else ((), _scored(frame))
        return Finished(path.stat().st_mtime, _seconds(rows), runs, *results)
    except FileNotFoundError:
        raise
    except (OSError, OverflowError, ValueError, KeyError, TypeError, pa.ArrowException) as error:
        damaged = error.path if isinstance(error, Damage) else path
        raise BadValue(f"{damaged} cannot be read") from error


def _seconds(rows: list[dict[str, Any]]) -> float:
    """By the clock. Proxies that share a block share what it took to teach them, and each row has all of it."""
    fit = max((float(row.get("fit_seconds", 0.0)) for row in rows), default=0.0)
    return fit + sum(float(row.get("wall_seconds", 0.0)) + float(row.get("proxy_seconds", 0.0)) for row in rows)


def _finals(frame: pd.DataFrame) -> tuple[Final, ...]:
    labels, names = pd.factorize(frame["algorithm"])
    seeds = frame["seed"].to_numpy()
    order = np.lexsort((frame["step"].to_numpy(), seeds, labels))
    runs = np.stack([labels, seeds])[:, order]
    last = order[np.append((runs[:, 1:] != runs[:, :-1]).any(axis=0), [True] * bool(len(order)))]
    values = zip(labels[last], frame["test"].to_numpy()[last], frame["regret"].to_numpy()[last], strict=True)
    return tuple(Final(str(names[label]), float(test), float(regret)) for label, test, regret in values)


def _scored(frame: pd.DataFrame) -> tuple[Scored, ...]:
    parts = (part for _, part in frame.groupby(["proxy", "seed"], sort=False))
    return tuple(
        Scored(str(part["proxy"].iloc[0]), int(part["seed"].iloc[0]), *part[["score", "truth"]].to_numpy(float).T)
        for part in parts
    )
