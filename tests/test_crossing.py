"""Crossing ranks: the share of swapped pairs by counting them, and which proxies are fidelities of each other."""

from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reports_factory import pen
from scipy.stats import kendalltau, somersd

from reports.figures.crossing import crossing, ranks, shown, title
from reports.figures.style import RULE, styled
from reports.summary.crossing import Crossing, crossing_of, swapped_share
from reports.summary.proxy import ProxySummary

COLUMN = st.lists(st.integers(0, 5), min_size=3, max_size=12)


def study(hyper: dict[str, dict[str, Any]], names: dict[str, str] | None = None) -> dict[str, Any]:
    return {
        "study": 4, "kind": "proxy", "benchmark": "digits201", "space": "nb201", "unit": "%", "maximize": True,
        "truth": {"metric": "test_accuracy", "epochs": 12, "schedule": 12, "data": 1.0}, "proxies": list(hyper),
        "hyper": hyper, "names": dict.fromkeys(hyper, "reduced_epochs") | (names or {}), "seeds": 2,
    }  # fmt: skip


def summary(described: dict[str, Any], n: int = 60, seeds: int = 2) -> ProxySummary:
    """Scores that follow the truth the closer the more epochs there are."""
    rng = np.random.default_rng(1)
    parts = []
    for seed in range(seeds):
        truth = np.round(90 + 3 * rng.normal(size=n), 2)
        for label in described["proxies"]:
            noise = 8 / described["hyper"][label].get("epochs", 1)
            score = np.round(truth - 5 * noise + noise * rng.normal(size=n), 1)
            parts.append(pd.DataFrame({"proxy": label, "seed": seed + 3, "arch": np.arange(n) + 100 * seed,
                                       "score": score, "truth": truth}))  # fmt: skip
    return ProxySummary(described, pd.concat(parts, ignore_index=True), (), None)


EPOCHS = study({f"r{e}": {"epochs": e} for e in (4, 1, 2)})


def known(found: Crossing | None) -> Crossing:
    assert found is not None
    return found


def counted(score: list[int], truth: list[int]) -> float:
    """The definition, pair by pair."""
    shares = []
    for i, j in combinations(range(len(score)), 2):
        if truth[i] != truth[j]:
            product = (score[i] - score[j]) * (truth[i] - truth[j])
            shares.append(1.0 if product < 0 else 0.5 if product == 0 else 0.0)
    return float(np.mean(shares))


@given(st.data(), COLUMN)
def test_swapped_pairs_are_counted_with_ties_as_halves(data: st.DataObject, truth: list[int]) -> None:
    score = data.draw(st.lists(st.integers(0, 5), min_size=len(truth), max_size=len(truth)))
    share = swapped_share(score, truth)
    if len(set(score)) == 1 or len(set(truth)) == 1:
        assert np.isnan(share)
    else:
        assert share == pytest.approx(counted(score, truth), abs=1e-12)
        assert share == pytest.approx((1 - somersd(truth, score).statistic) / 2, abs=1e-9)


def test_without_ties_the_share_is_half_of_one_less_tau() -> None:
    x, y = np.random.default_rng(0).normal(size=(2, 100))
    assert swapped_share(x, y) == pytest.approx((1 - kendalltau(x, y).statistic) / 2, abs=1e-12)
    assert swapped_share(x, x) == 0
    assert swapped_share(-x, x) == 1


def test_fidelities_go_from_the_fewest_epochs_to_the_most_for_the_first_seed() -> None:
    base = summary(EPOCHS)
    found = known(crossing_of(base))
    assert (found.labels, found.epochs, found.seed) == (("r1", "r2", "r4"), (1, 2, 4), 3)
    assert (found.metric, found.schedule) == ("valid_accuracy", "truncated")
    first = base.frame[base.frame["seed"] == 3]
    for i, label in enumerate(found.labels):
        rows = first[first["proxy"] == label].set_index("arch")
        assert found.scores[:, i].tolist() == rows.loc[found.archs, "score"].tolist()
        assert found.truth.tolist() == rows.loc[found.archs, "truth"].tolist()
        share = found.swapped[i]
        assert share.point == swapped_share(found.scores[:, i], found.truth)
        assert share.low < share.point < share.high
    assert found.swapped[0].point > found.swapped[1].point > found.swapped[2].point


def test_architectures_that_lack_a_score_or_the_truth_are_left_out() -> None:
    base = summary(EPOCHS)
    frame = base.frame.copy()
    frame.loc[(frame["proxy"] == "r2") & (frame["arch"] == 7), "score"] = np.nan
    frame.loc[frame["arch"] == 9, "truth"] = np.nan
    found = known(crossing_of(base._replace(frame=frame)))
    assert sorted(set(range(60)) - set(found.archs.tolist())) == [7, 9]


@pytest.mark.parametrize(
    "described",
    [
        study({"r1": {"epochs": 1}}),
        study({"r1": {"epochs": 1}, "default": {}}),
        study({"r1": {"epochs": 1}, "own": {"epochs": 2, "schedule": "own"}}),
        study({"r1": {"epochs": 1}, "other": {"epochs": 2}}, {"other": "sotl"}),
        study({"a": {}, "b": {}}, {"a": "params", "b": "flops"}),
    ],
)
def test_a_single_number_of_epochs_crosses_nothing(described: dict[str, Any]) -> None:
    assert crossing_of(summary(described)) is None


def test_the_largest_set_that_differs_in_epochs_alone_is_drawn() -> None:
    own = {f"own{e}": {"epochs": e, "schedule": "own", "metric": "train_accuracy"} for e in (1, 2, 3)}
    found = known(crossing_of(summary(study({"r1": {"epochs": 1}, "r2": {"epochs": 2}} | own))))
    assert found.labels == ("own1", "own2", "own3")
    assert (found.metric, found.schedule) == ("train_accuracy", "own")


def test_there_is_nothing_to_draw_without_scores() -> None:
    base = summary(EPOCHS)
    assert crossing_of(base._replace(frame=base.frame.iloc[:0])) is None
    assert crossing_of(base._replace(frame=base.frame[base.frame["proxy"] != "r2"])) is None
    assert crossing_of(base._replace(frame=base.frame.assign(score=np.nan))) is None
    assert crossing_of(base._replace(frame=base.frame[base.frame["arch"].isin([1, 2])])) is None


def test_all_scores_equal_is_drawn_and_the_share_is_unknown() -> None:
    base = summary(EPOCHS)
    frame = base.frame.assign(score=base.frame["score"].where(base.frame["proxy"] != "r1", 10.0))
    found = known(crossing_of(base._replace(frame=frame)))
    assert np.isnan(found.swapped[0].point)
    with styled("test"):
        plot = crossing(base, found, pen([]))
    assert plot is not None
    assert plot.name == "crossing_4"


def test_the_best_by_truth_are_drawn_and_others_spread_over_the_rest() -> None:
    found = known(crossing_of(summary(EPOCHS)))
    best, others = shown(found)
    assert found.truth[best].tolist() == sorted(found.truth, reverse=True)[:10]
    assert len(others) == len(set(others)) == 30
    assert not set(best) & set(others)
    assert found.truth[others[-1]] == found.truth.min()
    few = known(crossing_of(summary(EPOCHS, n=12)))
    assert [len(part) for part in shown(few)] == [10, 2]


def test_ranks_count_from_the_best_and_ties_share_their_average() -> None:
    found = known(crossing_of(summary(EPOCHS)))
    small = found._replace(scores=np.array([[3.0], [9.0], [3.0]]), truth=np.array([1.0, 2.0, 3.0]))
    assert ranks(small).tolist() == [[2.5, 3.0], [1.0, 2.0], [2.5, 1.0]]


def test_the_figure_says_which_share_is_swapped_and_keeps_what_it_shows() -> None:
    base = summary(EPOCHS)
    found = known(crossing_of(base))
    with styled("test"):
        plot = crossing(base, found, pen([]))
        assert plot is not None
        above, below = plot.figure.axes
        percent = [f"{100 * share.point:.0f} %" for share in found.swapped]
        assert (
            below.get_title()
            == title(found)
            == (f"Of the pairs that the truth orders,\n1 epoch swaps {percent[0]}, 4 epochs {percent[-1]}")
        )
        assert [t.get_text() for t in below.get_xticklabels()] == [*map("{}\n{}".format, (1, 2, 4), percent), "truth"]
    best, others = shown(found)
    assert len(above.lines) == 40
    ends = {round(1 / line.get_ydata()[-1], 6) for line in below.lines}
    assert ends == {round(rank, 6) for rank in ranks(found)[best, -1]}
    assert below.get_ylim()[0] < below.get_ylim()[1]
    data = plot.data
    assert len(data) == 40 * 4
    truth = data[data["stage"] == "truth"].set_index("arch")
    assert truth["value"].tolist() == found.truth[[*best, *others]].tolist()
    assert data.loc[data["stage"] == "r1", "swapped_share"].unique().tolist() == [found.swapped[0].point]
    assert set(data.loc[data["best"], "arch"]) == set(found.archs[best])
    assert "noise of training" not in plot.caption
    assert "of the pairs of architectures that the truth orders, those swapped" in plot.caption
    assert crossing(base, None, pen([])) is None


def test_under_a_mouse_both_panels_show_the_best() -> None:
    base = summary(EPOCHS)
    found = known(crossing_of(base))
    with styled("test"):
        plot = crossing(base, found, pen([]))
    assert plot is not None
    assert plot.hover is not None
    best, others = shown(found)
    lower, grey, upper = plot.hover["data"][:10], plot.hover["data"][10:-10], plot.hover["data"][-10:]
    assert [trace["y"] for trace in grey] == [pytest.approx(found.scores[row]) for row in others]
    assert {(trace["yaxis"], trace["line"]["color"], trace["showlegend"]) for trace in grey} == {("y2", RULE, False)}
    above, below = plot.figure.axes[:2]
    assert plot.hover["layout"]["yaxis2"]["title"]["text"] == above.get_ylabel()
    assert plot.hover["layout"]["yaxis"]["title"]["text"] == below.get_ylabel()
    assert plot.hover["layout"]["xaxis2"]["tickvals"] == list(found.epochs)
    for row, below, above in zip(best, lower, upper, strict=True):
        assert below["name"] == above["name"] == f"no. {found.archs[row]}"
        assert below["y"] == pytest.approx(ranks(found)[row])
        assert above["y"] == pytest.approx(found.scores[row])
        assert above["yaxis"] == "y2"
    assert plot.hover["layout"]["yaxis"]["autorange"] == "reversed"


def test_what_a_full_training_swaps_is_called_noise() -> None:
    base = summary(study({f"r{e}": {"epochs": e} for e in (1, 12)}))
    with styled("test"):
        plot = crossing(base, crossing_of(base), pen([]))
    assert plot is not None
    assert "12 epochs swap is the noise of training, and the difference to test_accuracy" in plot.caption
