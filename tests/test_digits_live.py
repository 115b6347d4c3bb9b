from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import trained as t

from harness.benchmarks.digits_live import DigitsLive
from harness.core import Fidelity, Query
from harness.datasets.digits import digits
from harness.errors import BadValue, Unmeasured
from harness.fidelities import Tracked, offers
from harness.live.training import Recipe, Training
from harness.spaces.nb201 import Nb201

QUERY = Query(t.ARCH, t.SHORT)


def until(epochs: int, query: Query = QUERY) -> Query:
    return query._replace(fidelity=query.fidelity._replace(epochs=epochs))


@pytest.fixture
def run_epochs(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The number of every epoch that is trained from here on."""
    run: list[int] = []
    run_epoch = Training.run_epoch

    def counted(training: Training) -> object:
        epoch = run_epoch(training)
        run.append(epoch.epoch)
        return epoch

    monkeypatch.setattr(Training, "run_epoch", counted)
    return run


def test_it_answers_with_what_the_training_loop_gives() -> None:
    answer = DigitsLive().evaluate(QUERY, 1)
    last = t.trained(seeds=(1,), arch=Nb201().canonical(t.ARCH)).history[-1]
    assert answer.metrics == {
        name: getattr(last, name)[0] for name in ("train_loss", "valid_loss", "valid_accuracy", "test_accuracy")
    }
    assert set(answer.metrics) == {metric.name for metric in DigitsLive.metrics}


def test_the_same_question_has_the_same_answer_with_checkpoints_and_without(tmp_path: Path) -> None:
    bare, kept = DigitsLive(), DigitsLive(checkpoints=str(tmp_path / "kept"))
    for epochs in (1, 3, 2):
        answers = [benchmark.evaluate(until(epochs), 0).metrics for benchmark in (bare, bare, kept, kept)]
        assert answers.count(answers[0]) == 4
    assert bare.evaluate(QUERY, 0).metrics != bare.evaluate(QUERY, 1).metrics


def test_a_longer_training_goes_on_from_a_shorter_one(tmp_path: Path, run_epochs: list[int]) -> None:
    DigitsLive(checkpoints=str(tmp_path)).evaluate(until(2), 0)
    DigitsLive(checkpoints=str(tmp_path)).evaluate(until(3), 0)
    assert run_epochs == [1, 2, 3]


def test_a_shorter_training_is_read_from_the_history_of_a_longer_one(tmp_path: Path, run_epochs: list[int]) -> None:
    benchmark = DigitsLive(checkpoints=str(tmp_path))
    first = benchmark.evaluate(until(1), 0)
    benchmark.evaluate(until(3), 0)
    assert benchmark.evaluate(until(1), 0) == first
    assert benchmark.evaluate(until(2), 0).seconds > first.seconds
    assert run_epochs == [1, 2, 3]


def test_another_seed_schedule_or_cell_starts_from_scratch(tmp_path: Path, run_epochs: list[int]) -> None:
    benchmark = DigitsLive(checkpoints=str(tmp_path))
    benchmark.evaluate(until(1), 0)
    benchmark.evaluate(until(1), 1)
    benchmark.evaluate(Query(t.ARCH, Fidelity(1, 12, 0.25)), 0)
    benchmark.evaluate(Query(t.DEAD, Fidelity(1, 3, 0.25)), 0)
    assert run_epochs == [1, 1, 1, 1]
    assert len(list(tmp_path.iterdir())) == 4


def test_a_checkpoint_cut_short_by_a_kill_is_not_there(tmp_path: Path, run_epochs: list[int]) -> None:
    benchmark = DigitsLive(checkpoints=str(tmp_path))
    benchmark.evaluate(until(1), 0)
    whole = next(tmp_path.iterdir())
    whole.with_name(f"{whole.name}.1.partial").write_bytes(whole.read_bytes()[:100])
    benchmark.evaluate(until(2), 0)
    assert run_epochs == [1, 2]


def test_cells_of_one_class_have_one_answer(tmp_path: Path, run_epochs: list[int]) -> None:
    space = Nb201()
    twin = next(arch for arch in space.all() if arch != space.canonical(arch) == space.canonical(t.DEAD))
    benchmark = DigitsLive(checkpoints=str(tmp_path))
    assert benchmark.evaluate(Query(t.DEAD, t.SHORT), 0) == benchmark.evaluate(Query(twin, t.SHORT), 0)
    assert run_epochs == [1, 2, 3]


def test_without_a_seed_it_answers_with_the_mean_of_all() -> None:
    benchmark, query = DigitsLive(), until(1)
    mean = benchmark.evaluate(query, None)
    each = [benchmark.evaluate(query, seed).metrics for seed in (0, 1, 2)]
    assert DigitsLive.seeds == (0, 1, 2)
    for name, value in mean.metrics.items():
        assert value == np.mean([one[name] for one in each])
    assert mean.seconds > 0


def test_seconds_are_those_of_every_training_epoch_and_one_validation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a clock that moves a second at each look, an epoch takes one second to train and one to validate."""
    ticks = iter(range(1000))
    monkeypatch.setattr("time.thread_time", lambda: float(next(ticks)))
    assert [DigitsLive().evaluate(until(epochs), 0).seconds for epochs in (1, 3)] == [2.0, 4.0]
    kept = DigitsLive(checkpoints=str(tmp_path))
    assert [kept.evaluate(until(epochs), 0).seconds for epochs in (1, 3, 2)] == [2.0, 4.0, 3.0]
    assert DigitsLive().evaluate(until(2), None).seconds == 3.0


def test_a_training_that_diverges_is_unmeasured(tmp_path: Path, run_epochs: list[int]) -> None:
    benchmark = DigitsLive(checkpoints=str(tmp_path))
    benchmark._recipe = Recipe(lr=1e30)
    for _ in range(2):
        with pytest.raises(Unmeasured, match=r"training diverged: \w+ is (nan|inf) after epoch 3"):
            benchmark.evaluate(QUERY, 0)
    with pytest.raises(Unmeasured, match="diverged"):
        benchmark.evaluate(QUERY, None)
    assert run_epochs == [1, 2, 3]


def test_it_says_what_it_is() -> None:
    assert DigitsLive.fidelities[-1] == Fidelity(12, 12)
    assert len(set(DigitsLive.fidelities)) == 30
    assert DigitsLive().dataset == digits().name
    assert DigitsLive().provenance["device"] == "cpu"


@pytest.mark.parametrize(
    "fidelity",
    [
        Fidelity(4, 3),
        Fidelity(2, 2),
        Fidelity(3, 3, 0.5),
        Fidelity(1, 3, resolution=0.25),
        Fidelity(1, 3, width=0.125),
        Fidelity(1, 3, depth=0.75),
        Fidelity(0, 3, width=0.5),
    ],
)
@pytest.mark.parametrize("seed", [0, None])
def test_a_fidelity_that_is_not_offered_is_refused(
    fidelity: Fidelity, seed: int | None, tmp_path: Path, run_epochs: list[int]
) -> None:
    benchmark = DigitsLive(checkpoints=str(tmp_path / "none"))
    assert not offers(benchmark, fidelity)
    for ask in (benchmark.evaluate, benchmark.curve):
        with pytest.raises(
            BadValue, match=r"digits_live has no fidelity .* give one of 1/3/0.25, .*, 12/12/1.0; "
        ) as e:
            ask(Query(t.ARCH, fidelity), seed)
        assert str(e.value).endswith(
            "each of them also with resolution 0.5 or 0.75, width 0.25 or 0.5 or 0.75, depth 0.5"
        )
    assert run_epochs == []
    assert not (tmp_path / "none").exists()


def test_what_it_offers_it_trains(run_epochs: list[int]) -> None:
    reduced = [Fidelity(1, 3, 0.25, **{name: value}) for name, all_ in DigitsLive.reductions.items() for value in all_]
    reduced += [Fidelity(1, 3, 0.25, 0.5, 0.25, 0.5), Fidelity(1, 12, 1.0, 0.75, 0.75, 0.5)]
    answers = [DigitsLive().evaluate(Query(t.ARCH, fidelity), 0).metrics for fidelity in reduced]
    assert run_epochs == [1] * 8
    assert all(np.isfinite(list(metrics.values())).all() for metrics in answers)
    assert len({metrics["train_loss"] for metrics in answers}) == 8


def test_reductions_have_checkpoints_of_their_own(tmp_path: Path, run_epochs: list[int]) -> None:
    benchmark = DigitsLive(checkpoints=str(tmp_path))
    names = ("resolution", "width", "depth")
    every = [t.SHORT, *(t.SHORT._replace(**{name: 0.5}) for name in names), t.SHORT._replace(width=0.25)]
    first = [benchmark.evaluate(until(1, Query(t.ARCH, fidelity)), 0) for fidelity in every]
    assert len(list(tmp_path.iterdir())) == 5
    assert [benchmark.evaluate(until(1, Query(t.ARCH, fidelity)), 0) for fidelity in every] == first
    assert run_epochs == [1] * 5


def test_one_training_gives_the_whole_curve(run_epochs: list[int]) -> None:
    benchmark = DigitsLive()
    curve = benchmark.curve(QUERY, 1)
    assert run_epochs == [1, 2, 3]
    assert isinstance(benchmark, Tracked)
    assert [each.metrics for each in curve] == [benchmark.evaluate(until(n), 1).metrics for n in (1, 2, 3)]
    seconds = [each.seconds for each in curve]
    assert 0 < seconds[0] < seconds[2]


def test_a_curve_without_a_seed_is_the_mean_of_all() -> None:
    benchmark = DigitsLive()
    mean, each = benchmark.curve(until(2), None), [benchmark.curve(until(2), seed) for seed in (0, 1, 2)]
    assert [point.metrics["train_loss"] for point in mean] == [
        np.mean([curve[k].metrics["train_loss"] for curve in each]) for k in range(2)
    ]


def test_the_curve_of_a_training_that_diverges_is_not_finite() -> None:
    benchmark = DigitsLive()
    benchmark._recipe = Recipe(lr=1e30)
    assert not np.isfinite(benchmark.curve(QUERY, 0)[-1].metrics["train_loss"])


@pytest.mark.parametrize("device", ["cuda:99", "gpu", "meta", ""])
def test_a_device_that_cannot_train_is_refused(device: str) -> None:
    with pytest.raises(BadValue, match=f"device {device!r} cannot be used .*give cpu, or cuda where there is one"):
        DigitsLive(device=device)


def test_why_a_device_is_refused_is_short() -> None:
    for device in ("abacus", "vulkan"):
        with pytest.raises(BadValue) as refused:
            DigitsLive(device=device)
        assert len(str(refused.value)) < 120
