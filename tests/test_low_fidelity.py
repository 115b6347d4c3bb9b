"""Less training, of the benchmark's own networks or of another's."""

from typing import Any

import numpy as np
import pytest
import trained as t
from curves_table import FINAL, HOLES, CurvesTable, OtherTask, Untracked

from harness.benchmarks.digits_live import DigitsLive
from harness.core import Fidelity, Proxy, Query
from harness.errors import BadValue, UnknownName
from harness.fidelities import in_short, offers
from harness.files import digest
from harness.registry import load

TABLE = CurvesTable()
ARCHS = TABLE.space.all()
SOURCE = "curves_table:OtherTask"
TINY = {"epochs": 1, "schedule": "truncated"}
ONES = {"data": 0.25, "resolution": 0.5, "width": 0.5, "depth": 0.5}


class Reducible(CurvesTable):
    """A table that was also trained on smaller images."""

    name = "reducible"
    fidelities = (Fidelity(8, 8, resolution=0.5), *CurvesTable.fidelities)


class Half(CurvesTable):
    """A benchmark that reduces whatever it lists."""

    reductions = {"width": (0.25, 0.5), "depth": (0.5,)}  # noqa: RUF012


def make(name: str, benchmark: Any = TABLE, **options: Any) -> Proxy:
    proxy: Proxy = load("proxy", name)(benchmark, seed=options.pop("seed", 0), **options)
    return proxy


class TestOffers:
    @pytest.mark.parametrize(
        ("fidelity", "offered"),
        [
            (Fidelity(3, 8), True),
            (Fidelity(3, 8, width=0.5), True),
            (Fidelity(2, 2, width=0.25, depth=0.5), True),
            (Fidelity(3, 3, width=0.5), False),
            (Fidelity(3, 8, width=0.75), False),
            (Fidelity(3, 8, resolution=0.5), False),
            (Fidelity(3, 8, 0.5, width=0.5), False),
            (Fidelity(3, 8, depth=0.25), False),
        ],
    )
    def test_listed_or_reduced(self, fidelity: Fidelity, offered: bool) -> None:
        assert offers(Half(), fidelity) == offered

    def test_without_reductions_the_list_is_all(self) -> None:
        assert offers(TABLE, Fidelity(3, 8))
        assert not offers(TABLE, Fidelity(3, 8, width=0.5))
        assert offers(Reducible(), Fidelity(8, 8, resolution=0.5))
        assert not offers(Reducible(), Fidelity(7, 8, resolution=0.5))

    def test_in_short(self) -> None:
        assert in_short(Fidelity(3, 12)) == "3/12/1.0"
        assert in_short(Fidelity(3, 12, 0.25, 0.5, 1.0, 0.5)) == "3/12/0.25, resolution 0.5, depth 0.5"


class TestReduced:
    def test_what_is_not_given_is_full(self) -> None:
        proxy: Any = make("reduced")
        assert proxy.fidelity == Fidelity(8, 8)
        assert proxy.score([ARCHS[4]]) == TABLE.values["valid_accuracy"][0, 4, -1]

    @pytest.mark.parametrize(
        ("options", "fidelity"),
        [
            ({"epochs": 3}, Fidelity(3, 12)),
            ({"epochs": 3, "schedule": "own"}, Fidelity(3, 3)),
            ({"data": 0.25, "epochs": 3, "schedule": "own"}, Fidelity(3, 3, 0.25)),
            ({"schedule": "own", "depth": 0.5}, Fidelity(12, 12, depth=0.5)),
            ({"epochs": 2, **ONES}, Fidelity(2, 12, 0.25, 0.5, 0.5, 0.5)),
            ({"resolution": 0.75, "width": 0.25}, Fidelity(12, 12, 1.0, 0.75, 0.25)),
        ],
    )
    def test_any_combination(self, options: dict[str, Any], fidelity: Fidelity) -> None:
        proxy: Any = make("reduced", DigitsLive(), **options)
        assert proxy.fidelity == fidelity
        assert proxy.chunk == 20

    @pytest.mark.parametrize("name", ONES)
    def test_one_at_a_time(self, name: str) -> None:
        proxy: Any = make(f"reduced_{name}", DigitsLive())
        assert proxy.fidelity == Fidelity(12, 12)._replace(**{name: ONES[name]})
        other: Any = make(f"reduced_{name}", DigitsLive(), **{name: 1.0})
        assert other.fidelity == Fidelity(12, 12)

    def test_epochs(self) -> None:
        assert make("reduced_epochs", DigitsLive()).fidelity == Fidelity(3, 12)  # type: ignore[attr-defined]
        own = make("reduced_epochs", schedule="own", source=SOURCE)
        assert own.fidelity == Fidelity(2, 2)  # type: ignore[attr-defined]

    def test_a_table_may_hold_reductions(self) -> None:
        proxy = make("reduced_resolution", Reducible())
        assert proxy.score([ARCHS[4]]) == TABLE.values["valid_accuracy"][0, 4, -1]

    @pytest.mark.parametrize(
        ("name", "options", "message"),
        [
            ("reduced_width", {}, r"no fidelity 8/8/1.0, width 0.5 .*give one of 2/2/1.0, 1/8/1.0, .* as source$"),
            ("reduced_resolution", {"resolution": "half"}, "no fidelity 8/8/1.0, resolution half"),
            ("reduced_depth", {}, "no fidelity 8/8/1.0, depth 0.5 .* or name another benchmark as source"),
            ("reduced", {"epochs": 9}, "no fidelity 9/8/1.0"),
            ("reduced", {"schedule": "long"}, "no schedule is called 'long'; give one of truncated, own"),
            ("reduced_width", {"width": 0.3, "source": "digits_live"}, "of the space nb201, and curves_table of grid"),
            ("reduced_data", {"source": "curves_table:Renamed"}, "of the space lattice, and curves_table of grid"),
            ("reduced_data", {"source": "curves_table:OtherSpace"}, "of the space nb_macro, and curves_table of grid"),
        ],
    )
    def test_mistakes(self, name: str, options: dict[str, Any], message: str) -> None:
        with pytest.raises(BadValue, match=message):
            make(name, **options)

    def test_a_live_benchmark_says_what_it_reduces(self) -> None:
        with pytest.raises(BadValue, match=r"width 0.3 .*; each of them also with resolution 0.5 or 0.75, width"):
            make("reduced_width", DigitsLive(), width=0.3)


class TestSource:
    def test_scores_are_those_of_the_source(self) -> None:
        proxy = make("reduced_epochs", epochs=3, source=SOURCE, seed=1)
        scores = proxy.score(ARCHS)
        expected = TABLE.values["valid_accuracy"][1, :, 2] - 10
        np.testing.assert_array_equal(np.delete(scores, HOLES), np.delete(expected, HOLES))
        assert proxy.spent == pytest.approx(sum(3 * (1 + i / 100) for i in range(60)))

    def test_the_fingerprint_is_the_source_s(self) -> None:
        own, other = make("reduced"), make("reduced", source=SOURCE)
        assert own.fingerprint == digest({"source": "made up"})
        assert other.fingerprint == digest({"source": "made up elsewhere"})
        table = load("benchmark", "digits201")()
        assert make("reduced", table).fingerprint == table.fingerprint

    def test_tables_are_scored_in_one_go(self) -> None:
        assert make("reduced").chunk is None
        assert make("reduced", Untracked()).chunk == 20

    def test_reduced_networks_are_trained_for_a_table(self) -> None:
        """Two cells end to end: the scores, the seconds, and that the cell that learns is told from the dead one."""
        digits201 = load("benchmark", "digits201")()
        live, options = DigitsLive(), {"epochs": 2, "source": "digits_live"}
        proxy = make("reduced", digits201, **options, **ONES)
        scores = proxy.score([t.ARCH, t.DEAD])
        fidelity = Fidelity(2, 12, 0.25, 0.5, 0.5, 0.5)
        assert scores.tolist() == [
            live.evaluate(Query(arch, fidelity), 0).metrics["valid_accuracy"] for arch in (t.ARCH, t.DEAD)
        ]
        assert 0 < proxy.spent < 60
        losses = make("reduced", digits201, metric="train_loss", **options, **ONES).score([t.ARCH, t.DEAD])
        assert losses[0] > losses[1]

    def test_full_width_from_the_source_is_what_the_table_has(self) -> None:
        digits201 = load("benchmark", "digits201")()
        options = {"epochs": 1, "metric": "train_loss"}
        live, stored = (make("reduced", digits201, **options, **o) for o in ({"source": "digits_live"}, {}))
        np.testing.assert_allclose(live.score([t.ARCH]), stored.score([t.ARCH]), rtol=0.02)


class TestTransfer:
    def test_at_the_source_s_full_training(self) -> None:
        scores = make("transfer", source=SOURCE, trial="mean").score(ARCHS)
        np.testing.assert_allclose(
            np.delete(scores, HOLES), np.delete(OtherTask().table("valid_accuracy", Fidelity(8, 8)), HOLES)
        )

    @pytest.mark.parametrize(
        ("options", "fidelity"), [({"epochs": 4}, Fidelity(4, 8)), ({"epochs": 2, "schedule": "own"}, Fidelity(2, 2))]
    )
    def test_after_some_epochs(self, options: dict[str, Any], fidelity: Fidelity) -> None:
        proxy: Any = make("transfer", source=SOURCE, **options)
        assert proxy.fidelity == fidelity
        assert proxy.score([ARCHS[9]]) == OtherTask().table("valid_accuracy", fidelity, 0)[9]
        assert proxy.spent == pytest.approx(fidelity.epochs * 1.09)

    def test_another_metric(self) -> None:
        scores = make("transfer", source=SOURCE, metric="train_loss").score([ARCHS[9]])
        assert scores == -TABLE.values["train_loss"][0, 9, FINAL - 1]

    @pytest.mark.parametrize(
        ("options", "error", "message"),
        [
            ({}, BadValue, "give source = the name of one"),
            ({"source": "curves_table:OtherSpace"}, BadValue, "of the space nb_macro, and curves_table of grid"),
            ({"source": "digits_live"}, BadValue, "of the space nb201, and curves_table of grid"),
            ({"source": "digits202"}, UnknownName, "Did you mean 'digits201'"),
            ({"source": SOURCE, "epochs": 9}, BadValue, "other_task has no fidelity 9/8/1.0"),
            ({"source": SOURCE, "metric": "latency"}, UnknownName, "metric of other_task is called 'latency'"),
            ({"source": SOURCE, "trial": 7}, BadValue, "other_task has no trial 7"),
        ],
    )
    def test_mistakes(self, options: dict[str, Any], error: type[Exception], message: str) -> None:
        with pytest.raises(error, match=message):
            make("transfer", **options)
