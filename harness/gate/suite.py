"""The gate for a test that has scores in hand: one proxy at a time, in a file that tests share."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from harness.commands._console import console
from harness.commands.check import print_verdict
from harness.errors import BadValue
from harness.gate.baseline import TYPES, Baseline, read_baseline, turn_in, write_baseline
from harness.gate.check import check
from harness.gate.comparable import Incomparable
from harness.statistics.columns import numbers, same_length

WRITE = "run pytest with --nasgauge-update once, and commit the file"


def table_of(
    proxy: str, scores: ArrayLike | Mapping[int, ArrayLike], truth: ArrayLike, archs: Sequence[object] | None
) -> Baseline:
    """One proxy's scores, by seed or of a single one, as a baseline; architectures without a truth are left out."""
    by_seed = scores if isinstance(scores, Mapping) else {0: scores}
    true = numbers("truth", truth).astype(float)
    names = [str(i) for i in range(len(true))] if archs is None else [str(arch) for arch in archs]
    columns = {f"scores of seed {seed}": numbers("scores", values) for seed, values in by_seed.items()}
    same_length(["truth", "archs", *columns], [true, np.array(names), *columns.values()])
    if not by_seed:
        raise BadValue("scores is an empty mapping: give the scores of one seed at least")
    if len(set(names)) < len(names):
        twice = next(name for i, name in enumerate(names) if name in names[:i])
        raise BadValue(f"archs names {twice!r} twice: give every architecture once")
    if np.isinf(true).any():
        raise BadValue("truth holds an infinite value: give finite ones, and NaN where it is not known")
    frames = [
        pd.DataFrame({"study": 0, "benchmark": "", "proxy": proxy, "seed": int(seed), "arch": names,
                      "score": values.astype(float), "truth": true})
        for seed, values in zip(by_seed, columns.values(), strict=True)
    ]  # fmt: skip
    return Baseline(pd.concat(frames)[~np.isnan(np.tile(true, len(frames)))].astype(TYPES))


def keep(file: Path, now: Baseline) -> None:
    """Store the scores in place of those of the same name; what else the file holds stays, also in parallel."""
    with turn_in(file.parent):
        scores = now.scores
        if file.exists():
            stored = read_baseline(file).scores
            scores = pd.concat([stored[~stored["proxy"].isin(now.scores["proxy"])], scores])
        write_baseline(file, Baseline(scores))


def judge(file: Path, now: Baseline, level: float) -> str | None:
    """The table and the reasons when the scores are worse than the stored ones, or nothing is stored; else None."""
    (proxy,) = now.scores["proxy"].unique()
    if not file.exists():
        return f"there is no baseline {file}: {WRITE}"
    scores = read_baseline(file).scores
    stored = Baseline(scores[scores["proxy"] == proxy])
    if stored.scores.empty:
        return f"{file} holds no scores of {proxy}: {WRITE}"
    try:
        verdict = check(stored, now, level)
    except Incomparable as error:
        return _in_pytest(str(error))
    if verdict.passed:
        return None
    with console.capture() as printed:
        print_verdict(verdict)
    return _in_pytest(printed.get())


def _in_pytest(text: str) -> str:
    """What the command calls otherwise than pytest does."""
    return text.replace("--update", "--nasgauge-update").replace("use --reseeded", "give the seeds other numbers")
