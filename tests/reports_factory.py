"""Fabricates results like those of a finished experiment, without running one."""

import dataclasses
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from harness.files import write_json
from harness.results import Results, write_measured, write_shard
from harness.spaces.nb201 import Nb201
from reports.figures.pen import Pen
from reports.figures.style import WEB, strokes

ALGORITHMS = {
    "random_search": 1.0,
    "regularized_evolution": 0.45,
    "local_search": 0.5,
    "successive_halving": 0.75,
    "hyperband": 0.85,
}
PROXIES = {
    "params": (0.42, 0.0, 0.0),
    "flops": (0.43, 0.0, 3e-6),
    "synflow": (0.5, 0.0, 0.004),
    "grad_norm": (0.35, 0.0, 0.011),
    "jacob_cov": (0.55, 0.0, 0.009),
    "reduced_epochs": (0.75, 0.25, 2e-6),
    "reduced_data": (0.62, 0.21, 2e-6),
    "random_forest": (0.68, 0.4, 6e-4),
}
"""Kinship with the truth, simulated and measured seconds per architecture."""

ENVIRONMENT = {"python": "3.11.9", "numpy": "2.4", "torch": "2.13.0", "platform": "Linux"}


def fabricate(
    *, runs: int = 20, steps: int = 40, architectures: int = 120, seeds: int = 2,
    algorithms: tuple[str, ...] = tuple(ALGORITHMS), proxies: tuple[str, ...] = tuple(PROXIES), oracle: bool = True,
) -> Results:  # fmt: skip
    """A search study where `algorithms` are named, a proxy study where `proxies` are."""
    rng = np.random.default_rng(7)
    studies, measured = [], []
    records, scores, truth = {}, pd.DataFrame(), pd.DataFrame()
    if algorithms:
        studies.append(search_study(len(studies), algorithms, runs, oracle))
        records[0] = [_searches(label, runs, steps, oracle, rng) for label in algorithms]
        measured += [{"study": 0, "kind": "search", "label": a, "seed": s, "n": steps,
                      "overhead_seconds": 0.002 + 1e-4 * s}
                     for a in algorithms for s in range(runs)]  # fmt: skip
    if proxies:
        number = len(studies)
        studies.append(proxy_study(number, proxies, architectures, seeds))
        quality = np.sort(rng.normal(90, 4, architectures))
        truth = pd.DataFrame([{"study": number, "arch": a, "seed": s, "value": quality[a] + rng.normal(0, 1.2)}
                              for a in range(architectures) for s in range(3)])  # fmt: skip
        mean = truth.groupby("arch")["value"].mean().to_numpy()
        scores = pd.concat([_scores(number, p, s, mean, rng) for p in proxies for s in range(seeds)], ignore_index=True)
        measured += [{"study": number, "kind": "proxy", "label": p, "seed": s, "n": architectures,
                      "proxy_seconds": clock(p) * architectures,
                      "fit_seconds": 0.0} for p in proxies for s in range(seeds)]  # fmt: skip
    manifest = {"format": 1, "name": "fabricated", "version": "0.1.0", "experiment": {"name": "fabricated"},
                "environment": ENVIRONMENT, "studies": studies}  # fmt: skip
    return Results(Path("fabricated"), manifest, records, scores, truth, pd.DataFrame(measured))


def watched(results: Results, collapsing: tuple[str, ...] = (), epochs: int = 20) -> Results:
    """The results with a history of every proxy: some come to choose skip connections only, and rank the worse for it.

    After a quarter of the epochs and so on, 60 architectures at most are scored.
    """
    study = next(study for study in results.manifest["studies"] if study["kind"] == "proxy")
    hyper = {label: options_of(label) for label in study["proxies"]}
    studies = [one | {"hyper": hyper} if one is study else one for one in results.manifest["studies"]]
    first = results.scores[results.scores["seed"] == 0].drop_duplicates("arch").head(60)
    histories = [
        _history(study["study"], (label, seed), first, label in collapsing, epochs)
        for label in study["proxies"]
        for seed in range(study["seeds"])
    ]
    return dataclasses.replace(
        results, manifest=results.manifest | {"studies": studies}, history=pd.concat(histories, ignore_index=True)
    )


def options_of(label: str) -> dict[str, Any]:
    """The options in a label such as single_path(epochs=200)."""
    return {key: int(value) for key, value in re.findall(r"(\w+)=(\d+)", label)}


def search_study(number: int, algorithms: tuple[str, ...], runs: int, oracle: bool) -> dict[str, Any]:
    seconds = np.geomspace(1, 150, 30)
    expected = {"seconds": seconds.tolist(), "expected_regret": (6 * (1 + seconds) ** -0.75).tolist()}
    return {
        "study": number, "kind": "search", "benchmark": "digits201", "space": "nb201", "archs": 15625,
        "budget": {"seconds": 150.0, "continuation": "resume"}, "workers": 1, "trial": "one", "seeds": runs,
        "algorithms": list(algorithms), "hyper": {a: {} for a in algorithms} | {"hyperband": {"eta": 3}},
        "objective": "valid_accuracy", "test": "test_accuracy", "unit": "%", "optimum": 97.3 if oracle else None,
        "live": not oracle, "provenance": {"made by": "the live loop", "licence": "Apache-2.0"},
        "random_search": expected if oracle else None,
    }  # fmt: skip


def proxy_study(number: int, proxies: tuple[str, ...], architectures: int, seeds: int) -> dict[str, Any]:
    hyper = {label: {"train": trained(label)} if trained(label) else {} for label in proxies}
    return {
        "study": number, "kind": "proxy", "benchmark": "digits201", "space": "nb201", "unit": "%", "maximize": True,
        "truth": {"metric": "test_accuracy", "epochs": 12, "schedule": 12, "data": 1.0}, "architectures": architectures,
        "seeds": seeds, "proxies": list(proxies), "hyper": hyper, "unique": True,
        "provenance": {"made by": "the live loop"},
    }  # fmt: skip


def pen(labels: Iterable[str]) -> Pen:
    """What figures are drawn with by default."""
    return Pen(WEB, strokes(list(labels), "random_search"))


def clock(proxy: str) -> float:
    return PROXIES.get(proxy, (0.0, 0.0, 0.001))[2]


def trained(label: str) -> int:
    """The size in a label such as random_forest(train=200)."""
    size = re.search(r"train=(\d+)", label)
    return int(size[1]) if size else 0


def kinship_of(label: str) -> float:
    """How closely scores follow the truth; a predictor's the more the larger its training set."""
    size = trained(label)
    return 0.3 + 0.2 * np.log10(size) if size else PROXIES.get(label, (0.3, 0.0, 0.001))[0]


def _searches(label: str, runs: int, steps: int, oracle: bool, rng: np.random.Generator) -> pd.DataFrame:
    speed = ALGORITHMS.get(label, 1.0)
    charged = rng.uniform(0.5, 1.5, (runs, steps)) * 150 / steps
    clock = charged.cumsum(axis=1)
    noise = np.minimum.accumulate(rng.lognormal(0, 0.5, (runs, steps)), axis=1)
    regret = np.minimum.accumulate(6 * noise * (1 + clock) ** -(0.3 + 0.25 / speed), axis=1)
    count = runs * steps
    return pd.DataFrame({
        "study": 0, "benchmark": "digits201", "algorithm": label, "seed": np.repeat(np.arange(runs), steps),
        "step": np.tile(np.arange(steps), runs), "arch": rng.integers(0, 15625, count), "epochs": 12, "schedule": 12,
        "data": 1.0, "trial": rng.integers(0, 3, count), "loss": -95 + rng.normal(0, 1, count),
        "charged": charged.ravel(), "finished": clock.ravel(), "incumbent": rng.integers(0, 15625, count),
        "valid": 96 - regret.ravel(), "test": 97.3 - regret.ravel(), "regret": regret.ravel() if oracle else np.nan,
        "reason": "",
    })  # fmt: skip


def _scores(study: int, proxy: str, seed: int, truth: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    kinship, seconds = kinship_of(proxy), PROXIES.get(proxy, (0.3, 0.0, 0.001))[1]
    standard = (truth - truth.mean()) / truth.std()
    score = kinship * standard + np.sqrt(1 - kinship**2) * rng.normal(size=len(truth))
    if proxy == "params":
        score = np.round(score, 1)
    return pd.DataFrame({
        "study": study, "benchmark": "digits201", "proxy": proxy, "seed": seed, "arch": np.arange(len(truth)),
        "score": score, "truth": truth, "params": 1000 + np.argsort(np.sin(np.arange(len(truth)))),
        "evaluation_seconds": seconds, "trained": trained(proxy),
    })  # fmt: skip


def _history(study: int, run: tuple[str, int], archs: pd.DataFrame, collapses: bool, epochs: int) -> pd.DataFrame:
    """One training: the scores follow the truth the closer the longer it is, or the less if it collapses."""
    label, seed = run
    rng = np.random.default_rng([sum(map(ord, label)), seed])
    truth, cells = archs["truth"].to_numpy(float), Nb201().all()
    standard = (truth - truth.mean()) / truth.std()
    rows: list[tuple[int, str, int, float, float]] = []
    for epoch in range(1, epochs + 1):
        done = epoch / epochs
        rows.append((epoch, "train_loss", -1, 2.3 * np.exp(-2 * done) + 0.02 * rng.normal(), np.nan))
        if collapses:
            rows.append((epoch, "skip_share", -1, 0.2 + 0.7 * done + 0.02 * rng.normal(), np.nan))
            rows.append((epoch, "entropy", -1, 1.6 - 1.2 * done + 0.02 * rng.normal(), np.nan))
        if epoch % max(epochs // 4, 1) == 0:
            noise = 0.4 + 2.5 * (done if collapses else 1 - done)
            scores = standard + noise * rng.normal(size=len(truth))
            rows += [(epoch, "score", a, s, t) for a, s, t in zip(archs["arch"], scores, truth, strict=True)]
            skips = round(1 + 4 * done) if collapses else 1
            chosen = cells.index((1,) * skips + (3,) * (6 - skips))
            rows.append((epoch, "derived", chosen, 1.0, truth.max() - 2 - skips + 0.1 * seed))
    columns = pd.DataFrame(rows, columns=["epoch", "measure", "arch", "value", "truth"])
    return columns.assign(study=study, benchmark="digits201", seed=seed, proxy=label)


def write_folder(results: Results, folder: Path) -> None:
    """Store fabricated results in the form that `harness.results.load` reads."""
    frames = {"search": results.searches, "proxy": results.scores}
    (folder / "history").mkdir()
    if len(results.history):
        write_shard(folder, "history", "proxy", dict(results.history.items()))
    blocks = [
        {"id": kind, "kind": kind, "study": int(frame["study"].iloc[0]), "label": kind}
        for kind, frame in frames.items()
        if not frame.empty
    ]
    for kind in ("search", "proxy", "truth", "measured"):
        (folder / kind).mkdir()
    for block in blocks:
        write_shard(folder, block["kind"], block["id"], dict(frames[block["kind"]].items()))
        studies = {study["study"] for study in results.manifest["studies"] if study["kind"] == block["kind"]}
        rows = results.measured[results.measured["study"].isin(studies)].dropna(axis=1)
        write_measured(folder, block["id"], rows.to_dict("records"))
    for study, rows in results.truth.groupby("study") if len(results.truth) else ():
        write_shard(folder, "truth", f"study-{study}", dict(rows.items()))
    write_json(folder / "manifest.json", results.manifest | {"blocks": blocks})
    write_json(folder / "environment.json", results.manifest["environment"])
