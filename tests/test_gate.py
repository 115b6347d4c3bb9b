"""The gate: what it must catch on real scores, what it must let pass, and the file that it keeps."""

import json
import shutil
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy.stats import binomtest, fisher_exact, kendalltau, ttest_ind, ttest_rel

import harness.gate.check
from harness.block_files import check_block, write_block
from harness.cli import main
from harness.errors import BadValue
from harness.experiment.build import build, open_benchmark
from harness.experiment.config import read_experiment
from harness.experiment.proxy_block import canonical_mask
from harness.experiment.runner import run
from harness.fidelities import full_fidelity
from harness.gate.baseline import KEY, TYPES, Baseline, read_baseline, write_baseline
from harness.gate.check import check
from harness.gate.comparable import Incomparable, changed_tables
from harness.gate.correlation import correlation_change
from harness.gate.drift import drift
from harness.gate.flip import flip_probability
from harness.gate.from_results import baseline_of
from harness.gate.resampled import resampled_kendall
from harness.gate.scores import Scores, scores_of
from harness.gate.undefined import more_undefined
from harness.gate.words import sections, sentences
from harness.results import load

EXPERIMENT = """name = "small"
[[search]]
benchmark = "digits201"
algorithm = ["random_search"]
seeds = 2
budget = { evaluations = 5 }
[[proxy]]
benchmark = "digits201"
proxy = ["params", { name = "reduced_epochs", epochs = 2 }]
architectures = 150
seeds = 3
"""


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("gate")
    (folder / "small.toml").write_text(EXPERIMENT)
    run(read_experiment(folder / "small.toml"), folder / "results")
    return folder / "results"


@pytest.fixture
def results(finished: Path, tmp_path: Path) -> Path:
    return shutil.copytree(finished, tmp_path / "results")


def scores(values: np.ndarray, truth: np.ndarray, archs: np.ndarray | None = None, first: int = 0) -> Scores:
    """Scores of shape (seeds, architectures)."""
    seeds, n = values.shape
    places = np.tile(np.arange(n), (seeds, 1)) if archs is None else archs
    seed = np.repeat(np.arange(first, first + seeds), n)
    return scores_of(seed, places.reshape(-1), values.reshape(-1), np.broadcast_to(truth, values.shape).reshape(-1))


def frame(proxy: str, side: Scores, benchmark: str = "b", study: int = 0) -> pd.DataFrame:
    columns = {"seed": side.seed, "arch": side.arch.astype(str), "score": side.score, "truth": side.truth}
    return pd.DataFrame({"study": study, "benchmark": benchmark, "proxy": proxy} | columns).astype(TYPES)


def baseline(**proxies: Scores) -> Baseline:
    return Baseline(pd.concat([frame(name, side) for name, side in proxies.items()]))


def linked(rng: np.random.Generator, truth: np.ndarray, weight: float, seeds: int, effect: float = 0.0) -> np.ndarray:
    """Scores that follow the truth, by how much differs from seed to seed by `effect`."""
    weights = weight + effect * rng.normal(size=(seeds, 1))
    return weights * truth + rng.normal(size=(seeds, truth.shape[-1]))


# the correlation


def test_the_interval_of_a_paired_difference_is_as_wide_as_the_difference_varies() -> None:
    rng = np.random.default_rng(0)
    differences, widths = [], []
    for _ in range(60):
        truth = rng.normal(size=80)
        old = linked(rng, truth, 1.0, 1)
        new = old + 0.5 * rng.normal(size=old.shape)
        change = correlation_change(scores(old, truth), scores(new, truth), resamples=60)
        differences.append(change.difference)
        widths.append(change.half_width)
    assert np.mean(widths) == pytest.approx(1.96 * np.std(differences), rel=0.25)
    apart = correlation_change(scores(old, truth), scores(new, truth, np.arange(80)[None] + 80), resamples=60)
    assert apart.half_width > 1.7 * np.mean(widths)
    assert not apart.same_seeds


@pytest.mark.parametrize("n", [40, 1100])
def test_resampled_correlations_are_those_of_the_repeated_rows(n: int) -> None:
    rng = np.random.default_rng(13)
    x, y = rng.integers(12, size=n).astype(float), rng.normal(size=n)
    times = rng.multinomial(n, np.ones(n) / n, size=5)
    times[4] = np.where(x == 3, 2, 0)
    expected = [kendalltau(np.repeat(x, row), np.repeat(y, row)).statistic for row in times[:4]]
    assert resampled_kendall(x, y, times) == pytest.approx([*expected, 0.0], abs=1e-12)


def test_an_interval_over_other_seeds_and_architectures_holds_what_it_should() -> None:
    """Without a change the 95 % interval holds zero in 19 of 20 cases; without the seeds it would in two of three."""
    rng = np.random.default_rng(1)
    held = {True: 0, False: 0}
    for shared in held:
        for _ in range(40):
            truths = rng.normal(size=(2, 1, 60))
            truths[1] = truths[0] if shared else truths[1]
            sides = [linked(rng, truth, 1.0, 4, 0.3) for truth in truths]
            archs = np.tile(np.arange(60), (4, 1))
            old = scores(sides[0], truths[0], archs)
            new = scores(sides[1], truths[1], archs if shared else archs + 60, first=4)
            change = correlation_change(old, new, resamples=30)
            held[shared] += abs(change.difference) < change.half_width
    assert all(34 <= count <= 40 for count in held.values()), held


def test_what_is_compared() -> None:
    rng = np.random.default_rng(2)
    truth = rng.normal(size=50)
    old = linked(rng, truth, 1.0, 3)
    same = correlation_change(scores(old, truth), scores(old, truth))
    assert (same.difference, bool(np.isnan([same.half_width, same.p]).all()), same.same_seeds) == (0.0, True, True)
    expected = np.mean([kendalltau(row, truth).statistic for row in old])
    assert same.stored == pytest.approx(expected, abs=1e-12)
    fewer = correlation_change(scores(old, truth), scores(old[1:], truth, first=1))
    assert (fewer.stored, fewer.now, fewer.same_seeds) == (fewer.now, fewer.now, True)
    lost = old.copy()
    lost[0, :20] = np.nan
    lost[0, 20] = np.inf
    change = correlation_change(scores(old[:1], truth), scores(lost[:1], truth))
    assert change.now == pytest.approx(kendalltau(old[0, 21:], truth[21:]).statistic, abs=1e-12)
    flat = correlation_change(scores(old, truth), scores(np.ones_like(old), truth))
    assert np.isnan([flat.now, flat.half_width, flat.p]).all()
    perfect = np.tile(truth, (2, 1))
    assert correlation_change(scores(perfect, truth), scores(-perfect, truth)).p == 0
    assert correlation_change(scores(-perfect, truth), scores(perfect, truth)).p == 1


def test_seeds_that_are_told_to_be_others_widen_the_interval() -> None:
    rng = np.random.default_rng(3)
    truth = rng.normal(size=100)
    old, new = (scores(linked(rng, truth, 1.0, 3, 0.4), truth) for _ in range(2))
    as_same, as_others = (correlation_change(old, new, reseeded=reseeded, resamples=100) for reseeded in (False, True))
    assert as_same.difference == as_others.difference
    assert as_others.half_width > 2 * as_same.half_width
    assert (as_same.same_seeds, as_same.uneven, as_others.same_seeds) == (True, True, False)
    noisy = scores(old.score.reshape(3, -1) + 0.5 * rng.normal(size=(3, 100)), truth)
    assert not correlation_change(old, noisy, resamples=100).uneven
    single = [scores(values[None], truth) for values in (truth, truth + 0.1 * rng.normal(size=100))]
    assert correlation_change(*single, reseeded=True).half_width == correlation_change(*single).half_width > 0


def test_few_seeds_are_a_t_test() -> None:
    """Where seeds matter more than architectures, the p-value is that of Student's test of the seeds' correlations."""
    rng = np.random.default_rng(14)
    truth = rng.normal(size=100)
    weights = np.array([[1.2], [0.9], [0.6], [1.0], [0.5], [0.2]])
    values = weights * truth + rng.normal(size=(6, 100))
    taus = [kendalltau(row, truth).statistic for row in values]
    apart = correlation_change(scores(values[:3], truth), scores(values[3:], truth, first=3))
    assert apart.p == pytest.approx(ttest_ind(taus[3:], taus[:3], alternative="less").pvalue, rel=0.05)
    pairs = correlation_change(scores(values[:3], truth), scores(values[3:][::-1], truth), reseeded=True)
    assert pairs.p == pytest.approx(ttest_rel(taus[3:][::-1], taus[:3], alternative="less").pvalue, rel=0.05)


# signs, undefined scores, ranks


def test_a_flip_is_seen_with_other_seeds_too() -> None:
    rng = np.random.default_rng(4)
    truth = rng.normal(size=40)
    old, new = linked(rng, truth, -1.0, 2), linked(rng, truth, -1.0, 2)
    assert flip_probability(scores(old, truth), scores(-new, truth, first=2)) < 1e-4
    assert flip_probability(scores(old, truth), scores(new, truth, first=2)) > 0.99
    one = flip_probability(scores(old[:1], truth), scores(-new[:1], truth))
    assert one == pytest.approx(kendalltau(old[0], -new[0], alternative="less").pvalue)
    loud = 1e6 * rng.normal(size=40)  # a seed's scale is its own
    assert flip_probability(scores(np.stack([*old, loud]), truth), scores(np.stack([*-old, loud]), truth)) < 0.01
    elsewhere = np.tile(np.arange(40) + 39, (2, 1))
    assert np.isnan(flip_probability(scores(old, truth), scores(-new, truth, elsewhere)))
    assert np.isnan(flip_probability(scores(old, truth), scores(np.ones_like(new), truth)))
    assert np.isnan(flip_probability(scores(old, truth), scores(np.full_like(new, np.nan), truth)))


def test_undefined_scores_are_counted_once_for_each_architecture() -> None:
    rng = np.random.default_rng(5)
    truth = rng.normal(size=40)
    old = linked(rng, truth, 1.0, 3)
    old[:, 0] = np.nan
    new = old.copy()
    new[:, 1:8] = np.inf
    new[:, 0] = 0.5
    found = more_undefined(scores(old, truth), scores(new, truth))
    assert found[:4] == (3, 120, 21, 120)
    assert found.p == pytest.approx(binomtest(7, 8, alternative="greater").pvalue)
    assert more_undefined(scores(new, truth), scores(old, truth)).p == pytest.approx(1 - 0.5**8 * 9 + 0.5**8 * 8)
    assert np.isnan(more_undefined(scores(old, truth), scores(old, truth)).p)
    other = scores(new, truth, np.tile(np.arange(40) + 100, (3, 1)), first=3)
    expected = fisher_exact([[7, 33], [1, 39]], alternative="greater").pvalue
    assert more_undefined(scores(old, truth), other).p == pytest.approx(expected)
    clean = scores(np.nan_to_num(old), truth)
    assert np.isnan(more_undefined(clean, other._replace(score=other.truth)).p)


def test_what_moved_is_counted_architecture_by_architecture() -> None:
    truth = np.arange(20.0)
    old = np.arange(1.0, 21.0)[None]
    new = old.copy()
    new[0, 0] = 30.0
    new[0, 5] *= 1 + 1e-9
    new[0, 6] = np.nan
    moved = drift(scores(old, truth), scores(new, truth))
    assert moved is not None
    assert (moved.rows, moved.touched, moved.changed) == (20, 3, 2)
    assert moved.largest == pytest.approx(29 / 30)
    assert (moved.median_move, moved.largest_move, moved.left, moved.top) == (1, 18, 1, 10)
    assert drift(scores(old, truth), scores(new, truth, first=1)) is None
    still = drift(scores(old, truth), scores(old, truth))
    assert still is not None
    assert (still.touched, still.changed, still.largest, still.largest_move, still.left) == (0, 0, 0, 0, 0)


@pytest.mark.parametrize(
    ("seed", "arch", "message"),
    [
        (np.zeros(12, int), np.arange(12) // 2, "scored twice with one seed"),
        (np.zeros(9, int), np.arange(9), "9 architectures can show no loss: score at least 10"),
        (np.arange(22) // 20, np.arange(22), "2 architectures can show no loss"),
        (np.zeros(0, int), np.zeros(0, int), "0 architectures can show no loss"),
    ],
)
def test_scores_that_could_show_nothing(seed: np.ndarray, arch: np.ndarray, message: str) -> None:
    with pytest.raises(BadValue, match=message):
        scores_of(seed, arch, arch.astype(float), arch.astype(float))


# the whole check, on real scores


@pytest.fixture(scope="module")
def real() -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Scores of 1,200 cells, shape (trials, cells), and the truth."""
    benchmark = open_benchmark({"name": "digits201"})
    truth = benchmark.table("test_accuracy", full_fidelity(benchmark, "test_accuracy"))
    chosen = np.random.default_rng(0).permutation(np.flatnonzero(canonical_mask(benchmark.space)))[:1200]
    archs = [benchmark.space.all()[i] for i in chosen]

    def score(name: str, trials: int, **options: object) -> np.ndarray:
        spec = {"name": name, **options}
        return np.array([build("proxy", spec, benchmark, seed=seed).score(archs) for seed in range(trials)])

    found = {"params": score("params", 1), "epochs": score("reduced_epochs", 3, epochs=2)}
    return found | {"data": score("reduced_data", 3)}, truth[chosen]


def drawn(
    real: tuple[dict[str, np.ndarray], np.ndarray], rng: np.random.Generator, first: int, proxies: list[str]
) -> Baseline:
    """A run of real proxies and of made-up ones, with three seeds and 60 architectures for each."""
    values, truth = real
    archs = np.array([rng.permutation(len(truth))[:60] for _ in range(3)])
    z = (truth[archs] - truth.mean()) / truth.std()
    sides = {name: values[name][rng.integers(len(values[name]), size=3)[:, None], archs] for name in proxies}
    made = {"steady": (1.0, 0.0), "moody": (1.0, 0.4), "backward": (-0.6, 0.2)}
    sides |= {name: linked(rng, z, weight, 3, effect) for name, (weight, effect) in made.items()}
    return baseline(**{name: scores(side, truth[archs], archs, first) for name, side in sides.items()})


def test_runs_with_other_seeds_pass_nineteen_times_of_twenty(
    real: tuple[dict[str, np.ndarray], np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five proxies at once; by chance at most 5 of 40 re-runs fail, and more in 1 of 70 such tests."""
    monkeypatch.setattr(harness.gate.check, "correlation_change", partial(correlation_change, resamples=30))
    rng = np.random.default_rng(6)
    runs = [[drawn(real, rng, first, ["params", "epochs"]) for first in (0, 3)] for _ in range(40)]
    assert sum(not check(*pair).passed for pair in runs) <= 5


@pytest.mark.parametrize("name", ["params", "epochs", "data"])
@pytest.mark.parametrize(("harm", "word"), [("noise", "worse"), ("sign", "sign flipped"), ("nan", "more undefined")])
def test_harm_is_seen(real: tuple[dict[str, np.ndarray], np.ndarray], name: str, harm: str, word: str) -> None:
    values, truth = real
    rng = np.random.default_rng(7)
    archs = np.array([rng.permutation(len(truth))[:300] for _ in range(3)])
    old = values[name][np.arange(3)[:, None] % len(values[name]), archs]
    new = {
        "noise": lambda: old + 0.3 * old.std() * rng.normal(size=old.shape),
        "sign": lambda: -old,
        "nan": lambda: np.where(rng.random(old.shape) < 0.1, np.nan, old),
    }[harm]()
    well = scores(old, truth[archs], archs)
    others = {f"other{i}": well for i in range(11)}
    verdict = check(baseline(harmed=well, **others), baseline(harmed=scores(new, truth[archs], archs), **others))
    failed = {finding.key[2]: finding.failures for finding in verdict.findings if finding.failures}
    assert not verdict.passed
    assert set(failed) == {"harmed"}
    assert word in failed["harmed"]


def test_p_values_are_corrected_for_all_tests_together() -> None:
    rng = np.random.default_rng(8)
    truth = rng.normal(size=200)
    archs = np.tile(np.arange(200) + 100, (2, 1))  # in the same order as numbers and as names
    values = linked(rng, truth, 1.0, 2)
    old, slight, worse = (
        scores(values + noise * rng.normal(size=values.shape), truth, archs) for noise in (0, 1e-3, 0.4)
    )
    raw = correlation_change(old, worse).p
    assert 0.0005 < raw < 0.02
    (alone,) = check(baseline(a=old), baseline(a=worse)).findings
    assert alone.change.p == pytest.approx(2 * raw)  # beside the test for a flip
    assert alone.failures == ("worse",)
    assert not check(baseline(a=old), baseline(a=worse), level=0.0001).findings[0].failures
    beside = [{f"b{i}": side for i in range(10)} for side in (old, slight)]
    many = check(baseline(a=old, **beside[0]), baseline(a=worse, **beside[1]))
    assert many.findings[0].change.p == pytest.approx(min(1, 22 * raw))
    still = check(baseline(a=old, **beside[0]), baseline(a=worse, **beside[0]))
    assert still.findings[0].change.p == pytest.approx(2 * raw)  # what is as stored is not tested
    with pytest.raises(BadValue, match="level is 5: give the chance of a false alarm as a share"):
        check(baseline(a=old), baseline(a=old), level=5)


def test_a_constant_score_fails_and_so_does_a_proxy_that_is_gone() -> None:
    rng = np.random.default_rng(9)
    truth = rng.normal(size=40)
    well, flat = scores(linked(rng, truth, 1.0, 2), truth), scores(np.ones((2, 40)), truth)
    stored, now = baseline(a=well, b=flat, c=well), baseline(a=flat, b=flat, d=well)
    verdict = check(stored, now)
    assert [finding.failures for finding in verdict.findings] == [("no correlation",), ()]
    assert (verdict.gone, verdict.new, verdict.passed) == ([("b", 0, "c")], [("b", 0, "d")], False)
    assert list(sentences(verdict)) == [
        "a on b: no correlation: all its scores are equal or undefined",
        "c on b: gone: the baseline has it and the results have not",
        "not in the baseline yet: d on b",
        "failed: 2 of 3 proxies; if that is meant to be, write the new baseline with --update",
    ]
    assert not check(stored, baseline(a=well, b=flat)).passed
    assert check(baseline(a=well), baseline(a=well, d=well)).passed


def test_another_truth_cannot_be_compared() -> None:
    rng = np.random.default_rng(10)
    truth = rng.normal(size=40)
    values = linked(rng, truth, 1.0, 1)
    stored = baseline(a=scores(values, truth))
    wrong = truth.copy()
    wrong[3] = 7.0
    with pytest.raises(Incomparable, match=r"b has another truth for 1 of 40 \(architecture 3: .* is stored, 7 now\)"):
        check(stored, baseline(a=scores(values, wrong)))
    assert check(stored, baseline(a=scores(values, truth * (1 + 1e-12)))).passed

    def about(metric: str, fingerprint: str) -> Baseline:
        study = {"benchmark": "b", "study": 0, "truth": {"metric": metric}, "fingerprint": fingerprint}
        return Baseline(stored.scores, {"studies": [study]})

    with pytest.raises(Incomparable, match="b was judged by metric x, now by metric y: nothing can be compared; write"):
        check(about("x", "1"), about("y", "1"))
    assert check(about("x", "1"), about("x", "2")).passed
    assert changed_tables(about("x", "1"), about("x", "2")) == ["b"]
    assert changed_tables(about("x", "1"), about("x", "1")) == []


def test_ties_that_another_processor_breaks_are_no_loss() -> None:
    rng = np.random.default_rng(15)
    truth = rng.normal(size=200)
    tied = np.round(linked(rng, truth, 2.0, 2))
    rounded, noisy = (scores(tied * (1 + size * rng.normal(size=tied.shape)), truth) for size in (1e-13, 1e-4))
    verdict = check(baseline(a=scores(tied, truth)), baseline(a=rounded))
    assert verdict.passed
    assert verdict.findings[0].change.difference < 0
    assert next(sections(verdict)).rows[0][3:] == (f"{verdict.findings[0].change.difference:+.3f}", "-", "rounded")
    assert list(sentences(verdict))[-1].endswith("0 are as stored to the bit")
    assert not check(baseline(a=scores(tied, truth)), baseline(a=noisy)).passed


# the file


def test_a_baseline_comes_back_and_is_the_same_bytes(tmp_path: Path) -> None:
    rng = np.random.default_rng(11)
    truth = rng.normal(size=30)
    values = linked(rng, truth, 1.0, 2)
    values[0, :3] = np.nan, np.inf, -np.inf
    kept = Baseline(baseline(b=scores(values, truth), a=scores(values, truth)).scores, {"experiment": "e"})
    write_baseline(tmp_path / "new" / "x.parquet", kept)
    back = read_baseline(tmp_path / "new" / "x.parquet")
    assert back.about["experiment"] == "e"
    keys = list(TYPES)[:5]
    pd.testing.assert_frame_equal(back.scores, kept.scores.sort_values(keys).reset_index(drop=True))
    shuffled = Baseline(kept.scores.sample(frac=1, random_state=0), {"experiment": "e"})
    write_baseline(tmp_path / "y.parquet", shuffled)
    assert (tmp_path / "y.parquet").read_bytes() == (tmp_path / "new" / "x.parquet").read_bytes()
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["new", "x.parquet", "y.parquet"]


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        ("cut", r"x\.parquet is damaged or no baseline"),
        ("bit", r"x\.parquet is damaged or no baseline"),
        ("text", r"x\.parquet is damaged or no baseline"),
        ("empty", r"x\.parquet is damaged or no baseline"),
        ("foreign", r"x\.parquet is no baseline of nasgauge: name another file"),
        ("json", r"x\.parquet is damaged or no baseline"),
        ("keyless", r"damaged or no baseline \('format'\)"),
        ("format", r"x\.parquet has format 9; this version reads format 1"),
        ("column", r"damaged or no baseline \(.*seed.*not in index"),
        ("folder", r"x\.parquet is a folder: name the baseline's file"),
    ],
)
def test_a_file_that_is_no_baseline_is_refused_and_kept(
    results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    harm: str, message: str,
) -> None:  # fmt: skip
    path = tmp_path / "x.parquet"
    write_baseline(path, baseline_of(results))
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 1
    about = {"foreign": None, "json": b"{", "keyless": b"{}", "format": b'{"format": 9}', "column": b'{"format": 1}'}
    if harm == "folder":
        path.unlink()
        path.mkdir()
    elif harm in about:
        table = pa.table({"study": [1]})
        pq.write_table(table.replace_schema_metadata({KEY: about[harm]} if about[harm] else None), path)
    else:
        path.write_bytes({"cut": bytes(content[:-100]), "bit": bytes(content), "text": b"scores\n", "empty": b""}[harm])
    before = path.read_bytes() if path.is_file() else None
    for options in ([], ["--update"]):
        code, out, err = nasgauge(monkeypatch, capsys, "check", results, "--baseline", path, *options)
        assert (code, out) == (2, "")
        assert err.startswith("nasgauge: ")
        assert err.count("\n") == 1
        with pytest.raises(BadValue, match=message):
            read_baseline(path)
    assert (path.read_bytes() if path.is_file() else None) == before


# the command


def nasgauge(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *args: object
) -> tuple[object, str, str]:
    monkeypatch.setattr(sys, "argv", ["nasgauge", *map(str, args)])
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr("harness.commands._console.console.width", 110)
    capsys.readouterr()
    with pytest.raises(SystemExit) as end:
        main()
    return end.value.code or 0, *capsys.readouterr()


def rewrite(folder: Path, proxy: str, change: Callable[[np.ndarray], np.ndarray]) -> None:
    """Change a proxy's scores in a results folder."""
    for path in (folder / "proxy").glob("*.parquet"):
        columns = pd.read_parquet(path)
        mine = columns["proxy"] == proxy
        columns.loc[mine, "score"] = change(columns.loc[mine, "score"].to_numpy())
        write_block(folder, "proxy", path.stem, dict(columns), {}, check_block(folder, "proxy", path.stem))


def test_the_command(
    results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    call = partial(nasgauge, monkeypatch, capsys, "check", results, "--baseline", tmp_path / "b.parquet")
    code, out, err = call()
    assert (code, out) == (2, "")
    assert err.endswith("b.parquet; make these results the baseline with --update\n")
    code, out, err = call("--update")
    assert (code, err) == (0, "")
    assert out == f"baseline: {tmp_path / 'b.parquet'}, 900 scores\n"
    stored = read_baseline(tmp_path / "b.parquet")
    assert {study["study"] for study in stored.about["studies"]} == {0}  # the second study, but the benchmark's first
    assert stored.about["studies"][0]["truth"]["metric"] == "test_accuracy"
    assert set(stored.scores["study"]) == {0}
    code, out, _ = call()
    assert code == 0
    assert out.count("as stored") == 3
    assert out.splitlines()[-1] == (
        "passed: no proxy of 2 is significantly worse than stored; 2 are as stored to the bit"
    )
    rewrite(results, "params", np.negative)
    code, out, _ = call()
    assert code == 1
    assert "params on digits201: sign flipped: it orders the architectures the other way round (p < 0.0001)\n" in out
    assert "params on digits201: worse: tau-b fell from 0.7" in out
    assert out.endswith("failed: 1 of 2 proxies; if that is meant to be, write the new baseline with --update\n")
    assert nasgauge(monkeypatch, capsys, "check", results, "--baseline", tmp_path / "b.parquet", "--level", "2")[0] == 2
    code, out, _ = call("--update")
    assert code == 0
    assert "sign flipped" in out
    assert out.splitlines()[-1].startswith("baseline: ")
    assert call()[0] == 0


def test_an_update_passes_over_another_truth(
    results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    old = baseline_of(results)
    write_baseline(tmp_path / "b.parquet", Baseline(old.scores.assign(truth=old.scores["truth"] + 1), old.about))
    call = partial(nasgauge, monkeypatch, capsys, "check", results, "--baseline", tmp_path / "b.parquet")
    code, out, err = call()
    assert (code, out) == (2, "")
    assert "digits201 has another truth for " in err
    code, out, _ = call("--update")
    assert code == 0
    assert out.startswith("note: digits201 has another truth for ")
    assert call()[0] == 0


def test_results_without_proxies(
    results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest = json.loads((results / "manifest.json").read_text())
    manifest["studies"], manifest["blocks"] = manifest["studies"][:1], manifest["blocks"][:1]
    (results / "manifest.json").write_text(json.dumps(manifest))
    assert not load(results).searches.empty
    code, _, err = nasgauge(monkeypatch, capsys, "check", results, "--baseline", tmp_path / "b.parquet", "--update")
    assert code == 2
    assert err.endswith("holds no proxy study: there is nothing to check; name other results\n")
    assert not (tmp_path / "b.parquet").exists()


def test_the_tables_say_what_moved() -> None:
    rng = np.random.default_rng(12)
    truth = rng.normal(size=60)
    old = linked(rng, truth, 1.0, 2)
    lost, few = np.where(rng.random(old.shape) < 0.2, np.nan, old), old[::-1].copy()
    few[0, 0] = np.nan
    well, others = scores(old, truth), scores(old[::-1], truth, first=2)
    stored = baseline(a=well, b=well, c=well, d=well)
    verdict = check(stored, baseline(a=well, b=scores(lost, truth), c=scores(few, truth, first=2), d=others))
    tau, moved = sections(verdict)
    assert tau.title == "b: Kendall's tau-b, and p that it fell by chance"
    assert [row[-1] for row in tau.rows] == ["as stored", "more undefined", *["no loss, other seeds"] * 2]
    assert tau.rows[0][3:5] == ("0", "-")
    assert [row[0] for row in moved.rows] == ["b", "c"]
    count = int(np.isnan(lost).sum())
    assert moved.rows[0][1:4] == (f"{count} of 120", "0", f"0, now {count}")
    assert moved.rows[1][1:4] == ("other seeds", "-", "0, now 1")


def test_what_else_a_manifest_says_of_a_truth_does_not_matter(results: Path) -> None:
    """Otherwise a new version of the manifest would turn every stored baseline away."""
    old = baseline_of(results).about
    manifest = json.loads((results / "manifest.json").read_text())
    for study in manifest["studies"]:
        if study["kind"] == "proxy":
            study["truth"]["more"] = 1
    (results / "manifest.json").write_text(json.dumps(manifest))
    assert baseline_of(results).about == old
    assert set(old["studies"][0]["truth"]) == {"metric", "epochs", "schedule", "data"}
