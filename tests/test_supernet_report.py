"""Supernets in a report: ranking over epochs, collapse, what would be chosen, seeds that agree, variants, claims."""

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import reports_factory
from matplotlib.figure import Figure
from reports_factory import fabricate, pen, write_folder
from test_reports_tables import check_latex

from harness.errors import BadValue
from harness.results import Results, load, write_shard
from harness.spaces.nb201 import Nb201
from reports.build import build_report
from reports.figures.cost import cost
from reports.figures.hover_grid import hover_grid
from reports.figures.rank_over_epochs import rank_over_epochs
from reports.figures.skip_share import distance, draw_skip_share, skip_share
from reports.figures.style import styled
from reports.figures.watched import is_log, watched
from reports.page.claim_sentences import claim_sentences
from reports.page.supernet_sentences import supernet_sentences
from reports.parts import parts_of
from reports.plot import Plot
from reports.renamed import renamed
from reports.sections.picture import Drawing
from reports.sections.supernets import supernets_of
from reports.study import study_of
from reports.summary.ablation import ablation_of
from reports.summary.claims import ClaimRow, judged
from reports.summary.derived import chosen_of, derived_courses
from reports.summary.history import Course, courses_of, diverged, supernets
from reports.summary.over_seeds import UNKNOWN
from reports.summary.pairs import pair_of
from reports.summary.proxy import ProxySummary, summarize_proxies
from reports.summary.ranking import disorders, rank_courses
from reports.summary.spread_costs import spread_note
from reports.tables.ablation_table import ablation_table
from reports.tables.as_csv import as_csv
from reports.tables.as_latex import as_latex
from reports.tables.claims_table import claims_table
from reports.tables.derived_table import derived_table
from reports.tables.disorder_table import disorder_table
from reports.tables.proxies_table import proxies_table
from reports.tables.proxy_table import proxy_table
from reports.tables.table import cells
from reports.wording import PLAIN, Wording

PROXIES = ("darts", "single_path", "single_path(epochs=200)")
KINSHIP = {"single_path": 0.3, "single_path(epochs=200)": 0.9, "darts": 0.2}
CELLS = Nb201().all()


@pytest.fixture(autouse=True, scope="module")
def quick() -> Iterator[None]:
    """Few resamples, and figures as SVG alone: bounds here are those over seeds."""
    whole = Figure.savefig
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("reports.summary.over_seeds.WORK", 1)
        patch.setattr("reports.summary.over_seeds.LEAST", 2)
        patch.setattr(
            Figure, "savefig", lambda self, to, **how: None if isinstance(to, Path) else whole(self, to, **how)
        )
        yield


@pytest.fixture(scope="module")
def results() -> Results:
    """Three seeds of three supernets, one of which collapses."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reports_factory, "PROXIES", {label: (kinship, 0.0, 0.01) for label, kinship in KINSHIP.items()})
        found = fabricate(algorithms=(), proxies=PROXIES, architectures=80, seeds=3)
    found.measured["fit_seconds"] = found.measured["seed"] + 1.0
    return reports_factory.watched(found, ("darts",))


@pytest.fixture(scope="module")
def summary(results: Results) -> ProxySummary:
    return summed(results)


def summed(results: Results, change: Callable[[pd.DataFrame], pd.DataFrame] = lambda rows: rows) -> ProxySummary:
    (part,) = parts_of([dataclasses.replace(results, history=change(results.history.copy()))])
    found = study_of(part).summary
    assert isinstance(found, ProxySummary)
    return found


def by_hand(rows: list[tuple[Any, ...]], maximize: bool = True) -> ProxySummary:
    """A study with one supernet "net" and this history: seed, epoch, measure, value, arch, truth."""
    history = pd.DataFrame(rows, columns=["seed", "epoch", "measure", "value", "arch", "truth"])
    history = history.assign(study=0, benchmark="b", proxy="net")
    archs = np.arange(40)
    scores = pd.DataFrame({
        "study": 0, "benchmark": "b", "proxy": "net", "seed": 0, "arch": archs, "score": np.sin(archs),
        "truth": 50.0 + archs, "params": 1.0, "evaluation_seconds": 0.0, "trained": 0,
    })  # fmt: skip
    measured = pd.DataFrame([{"study": 0, "kind": "proxy", "label": "net", "seed": 0, "n": 40, "proxy_seconds": 1.0,
                              "fit_seconds": 2.0}])  # fmt: skip
    study = reports_factory.proxy_study(0, ("net",), 40, 1) | {"maximize": maximize, "hyper": {"net": {}}}
    return summarize_proxies(study, scores, pd.DataFrame(), measured, history)


def scored(seed: int, epoch: int, values: list[float], truth: list[float]) -> list[tuple[Any, ...]]:
    return [(seed, epoch, "score", v, a, t) for a, (v, t) in enumerate(zip(values, truth, strict=True))]


def chosen(seed: int, epoch: int, skips: int, truth: float) -> tuple[Any, ...]:
    return (seed, epoch, "derived", 1.0, CELLS.index((1,) * skips + (3,) * (6 - skips)), truth)


# reading


def test_a_history_is_read_back(results: Results, tmp_path: Path) -> None:
    write_folder(results, tmp_path)
    found = load(tmp_path).history
    assert found["epoch"].max() == 20
    pd.testing.assert_frame_equal(found[results.history.columns], results.history, check_dtype=False)


def test_folders_without_a_history_have_an_empty_one(results: Results, tmp_path: Path) -> None:
    write_folder(dataclasses.replace(results, history=pd.DataFrame()), tmp_path)
    found = load(tmp_path)
    assert found.history.empty
    summary = summed(found)
    assert supernets(summary) == []
    assert supernets_of(summary, Drawing(None, pen(PROXIES))) == ([], ())
    assert [summary.rows[0].n, len(summary.rows)] == [80, 3]


@pytest.mark.parametrize(("change", "why"), [
    (lambda rows: rows.drop(columns="epoch"), "it has no column 'epoch', as a history block does"),
    (lambda rows: rows.assign(proxy="params"), "it is another block's: it has proxy params"),
    (lambda rows: rows.assign(seed=9), "it is another block's: it has seed 9"),
    (lambda rows: rows.assign(study=4), "it is another block's: it has study 4"),
])  # fmt: skip
def test_a_history_of_another_block_is_refused(
    change: Callable[[pd.DataFrame], pd.DataFrame], why: str, results: Results, tmp_path: Path
) -> None:
    write_folder(results, tmp_path)
    write_shard(tmp_path, "history", "proxy", {str(name): rows for name, rows in change(results.history).items()})
    with pytest.raises(BadValue) as refused:
        load(tmp_path)
    assert str(refused.value) == (
        f"{tmp_path / 'history' / 'proxy.parquet'} is missing or damaged ({why}); remove it and run the experiment "
        "again: only what is missing is run"
    )


def test_a_history_that_is_cut_short_is_refused(results: Results, tmp_path: Path) -> None:
    write_folder(results, tmp_path)
    path = tmp_path / "history" / "proxy.parquet"
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(BadValue, match=r"history.proxy\.parquet is missing or damaged \("):
        load(tmp_path)


def test_several_folders_carry_their_histories_under_the_labels_shown(results: Results) -> None:
    other = dataclasses.replace(results, manifest=results.manifest | {"name": "other"}, history=results.history.copy())
    other.manifest["studies"] = [other.manifest["studies"][0] | {"hyper": {label: {"lr": 9} for label in PROXIES}}]
    (part,) = renamed(parts_of([results, other]), Wording(names={"darts": "DARTS"}))
    counts = part.history.groupby("proxy").size()
    assert set(counts.index) == set(part.study["proxies"])
    assert "DARTS (other)" in counts.index
    assert counts["DARTS (other)"] == (results.history["proxy"] == "darts").sum()


def test_runs_that_several_folders_share_are_watched_once(results: Results) -> None:
    (part,) = parts_of([results, dataclasses.replace(results, manifest=results.manifest | {"name": "other"})])
    assert len(part.history) == len(results.history)


# the ranking


def test_tau_over_epochs_is_that_of_the_watched_architectures() -> None:
    truth = [1.0, 2.0, 3.0, 4.0, 5.0]
    rows = scored(0, 5, [1, 2, 3, 5, 4], truth) + scored(1, 5, [1, 2, 4, 3, 5], truth)
    rows += scored(0, 10, truth, truth) + scored(1, 10, truth, truth)
    (course,) = rank_courses(by_hand(rows))
    assert (course.label, course.epochs, course.seeds) == ("net", (5, 10), (2, 2))
    assert [value.point for value in course.values] == pytest.approx([0.8, 1.0])
    assert course.values[0].low < 0.8 < course.values[0].high
    (lower,) = rank_courses(by_hand(rows, maximize=False))
    assert [value.point for value in lower.values] == pytest.approx([-0.8, -1.0]), "where less is better"


def test_architectures_of_unknown_truth_are_left_out() -> None:
    rows = scored(0, 5, [1, 2, 3, 9], [1, 2, 3, float("nan")]) + scored(0, 10, [1, 2], [1, 2])
    (course,) = rank_courses(by_hand(rows))
    assert (course.epochs, course.values[0].point) == ((5,), 1.0), "two architectures say nothing of an order"


def test_a_seed_that_diverged_is_left_out_and_named(summary: ProxySummary) -> None:
    truth = [1.0, 2.0, 3.0, 4.0]
    rows = scored(0, 5, truth, truth) + scored(1, 5, truth[::-1], truth)
    rows += [(0, 6, "train_loss", 0.5, -1, np.nan), (1, 6, "train_loss", np.nan, -1, np.nan)]
    found = by_hand(rows)
    assert diverged(found, "net") == [1]
    (course,) = rank_courses(found)
    assert (course.values[0].point, course.seeds) == (1.0, (1,))
    assert [one.seeds for one in courses_of(found, "train_loss")] == [(1,)]
    assert "net diverged with seed 1, of which nothing is shown here." in supernet_sentences(found, [course], [], [])
    assert diverged(summary, "darts") == []


def test_a_course_is_the_mean_over_seeds_with_its_t_interval() -> None:
    rows = [(seed, 1, name, value, -1, np.nan)
            for name, values in (("skip_share", (0.9, 0.95, 1.0)), ("entropy", (1.0, 2.0, 3.0)))
            for seed, value in enumerate(values)]  # fmt: skip
    found = by_hand(rows)
    (share,), (entropy,) = courses_of(found, "skip_share"), courses_of(found, "entropy")
    assert share.values[0] == pytest.approx((0.95, 0.95 - 4.302653 * 0.05 / 3**0.5, 1.0)), "no share is above 1"
    assert entropy.values[0] == pytest.approx((2.0, 2 - 4.302653 / 3**0.5, 2 + 4.302653 / 3**0.5))
    assert courses_of(found, "reward") == []


def test_seeds_agree_or_not_whatever_the_truth() -> None:
    truth = [1.0, 2.0, 3.0, 4.0, 5.0]
    wrong = [5.0, 4.0, 3.0, 2.0, 1.0]
    same = by_hand(scored(0, 5, wrong, truth) + scored(1, 5, [10 * one for one in wrong], truth))
    (alike,) = disorders(same, rank_courses(same))
    assert (alike.between.point, alike.truth.point, alike.n, alike.seeds) == (1.0, -1.0, 5, 2)
    assert (alike.earliest, alike.latest) == (5, 5)
    three = by_hand(scored(0, 5, truth, truth) + scored(1, 5, truth, truth) + scored(2, 5, wrong, truth))
    (mixed,) = disorders(three, rank_courses(three))
    assert mixed.between.point == pytest.approx((1 - 1 - 1) / 3), "the mean over the three pairs of seeds"
    one = by_hand(scored(0, 5, truth, truth))
    assert disorders(one, rank_courses(one)) == []


def test_seeds_are_compared_on_what_all_of_them_scored_at_the_last_epoch() -> None:
    truth = [1.0, 2.0, 3.0, 4.0]
    rows = scored(0, 5, truth[::-1], truth) + scored(1, 5, truth, truth)
    rows += scored(0, 9, truth, truth) + scored(1, 9, truth, truth)[:3]
    found = by_hand(rows)
    (row,) = disorders(found, rank_courses(found))
    assert (row.between.point, row.n, row.earliest, row.latest) == (1.0, 3, 9, 9)


def early() -> list[tuple[Any, ...]]:
    """Three seeds that end after 20, 22 and 50 epochs: the longest ranks and chooses unlike the others."""
    truth = [float(one) for one in range(1, 31)]
    ends = [(0, 20, truth, 0), (1, 22, truth, 0), (2, 50, truth[::-1], 6)]
    rows = [scored(seed, 10, truth, truth) for seed in range(3)] + [scored(2, 40, truth, truth)]
    rows += [scored(seed, epoch, values, truth) for seed, epoch, values, _ in ends]
    picks = [chosen(seed, epoch, skips, 60.0) for seed, epoch, _, skips in ends]
    return [row for part in rows for row in part] + [chosen(seed, 10, 6, 60.0) for seed in range(3)] + picks


def test_each_seed_has_its_own_end() -> None:
    found = by_hand(early())
    (course,) = rank_courses(found)
    assert (course.epochs, course.seeds) == ((10, 20, 22, 40, 50), (3, 1, 1, 1, 1))
    assert course.values[-1].point == -1.0, "the curve ends with the seed that went on"
    assert course.last.value.point == pytest.approx(1 / 3), "the end is that of all seeds"
    assert course.last.value.low == pytest.approx(-1.0)
    assert (course.first.value.point, course.first[1:], course.last[1:]) == (1.0, (10, 10), (20, 50))
    (skips,) = derived_courses(found)
    assert (skips.values[-1].point, skips.last.value.point) == (1.0, pytest.approx(1 / 3))
    assert skips.last[1:] == (20, 50)
    row = verdict(found, proxy="net", measure="derived_skips", low=0.5)
    assert row.measured == skips.last.value


def test_a_seed_that_ends_before_the_others_are_looked_at_counts_at_the_start_and_at_the_end() -> None:
    truth = [1.0, 2.0, 3.0, 4.0]
    rows = scored(0, 3, truth[::-1], truth) + scored(1, 10, truth, truth) + scored(1, 20, truth, truth)
    (course,) = rank_courses(by_hand(rows))
    assert (course.first.value.point, course.first[1:]) == (0.0, (3, 10))
    assert (course.last.value.point, course.last[1:]) == (0.0, (3, 20))


def test_seeds_that_end_at_different_epochs_are_compared_at_their_own_ends() -> None:
    found = by_hand(early())
    (row,) = rows = disorders(found, rank_courses(found))
    assert (row.n, row.seeds, row.earliest, row.latest) == (30, 3, 20, 50)
    assert row.between.point == pytest.approx((1 - 1 - 1) / 3)
    assert row.truth.point == pytest.approx(1 / 3)
    assert as_csv(disorder_table(found, rows)).splitlines()[1].endswith(",30,3,20 to 50")


def test_sentences_on_the_end_are_of_all_seeds() -> None:
    found = by_hand(early())
    text = supernet_sentences(found, rank_courses(found), [], [])
    assert text == [
        "Among the architectures watched while supernets trained, net ranks best in the end: τ-b 0.33 [-1.00, 1.00] "
        "after 20 to 50 epochs, 1.00 [1.00, 1.00] after 10 epochs."
    ], "of one seed alone: that training makes it worse, and that it chooses skip connections"


def test_the_best_in_the_end_is_so_over_all_seeds() -> None:
    truth = [float(one) for one in range(30)]
    other = by_hand([row for seed in range(3) for row in scored(seed, 50, truth[3:] + truth[:3], truth)])
    (bad,), (good,) = rank_courses(by_hand(early())), rank_courses(other)
    flipped = bad._replace(label="lucky", values=(*bad.values[:-1], bad.values[0]))
    text = supernet_sentences(other, [flipped, good], [], [])
    assert "net ranks best in the end" in text[0]
    undefined = good._replace(label="equal", last=good.last._replace(value=UNKNOWN))
    assert supernet_sentences(other, [undefined, good], [], []) == supernet_sentences(other, [good], [], [])
    assert supernet_sentences(other, [undefined], [], []) == []


def test_scores_that_are_all_equal_agree_with_nothing() -> None:
    truth = [1.0, 2.0, 3.0, 4.0]
    found = by_hand(scored(0, 5, truth, truth) + scored(1, 5, [7.0] * 4, truth))
    rows = disorders(found, rank_courses(found))
    table = disorder_table(found, rows)
    assert as_csv(table).splitlines()[1].startswith("net,,1.0,1.0,1.0,4,2,5")
    assert any("all scores of a seed are equal" in note for note in table.notes)


# what would be chosen


def test_what_is_chosen_has_its_skips_and_its_place_among_the_scored() -> None:
    found = by_hand([chosen(0, 5, 6, 60.0), chosen(0, 10, 3, 80.5), chosen(1, 10, 0, 95.0)])
    first, second = chosen_of(found)
    assert (first.seed, first.epoch, first.skips, first.truth) == (0, 10, 0.5, 80.5), "at the last epoch"
    assert (first.rank, first.better, first.regret, first.among) == (10.0, 31 / 40, 8.5, 40)
    assert (second.rank, second.better, second.regret) == (1.0, 1.0, -6.0), "better than all that was scored"
    (course,) = derived_courses(found)
    assert [value.point for value in course.values] == [1.0, 0.25]


def test_where_less_is_better_the_best_has_the_least() -> None:
    (row,) = chosen_of(by_hand([chosen(0, 5, 0, 52.0)], maximize=False))
    assert (row.truth, row.rank, row.regret) == (52.0, 3.0, 2.0)


def test_what_has_no_known_truth_has_no_place() -> None:
    found = by_hand([chosen(0, 5, 6, float("nan"))])
    table = derived_table(found, chosen_of(found))
    cells = dict(zip([column.key for column in table.columns], table.rows[0], strict=True))
    assert cells["skip_share"] == 1.0
    assert {str(cells[key]) for key in ("truth", "rank", "beats_share", "regret")} == {
        "Missing(why='the truth of this architecture is not known')"
    }
    assert cells["architecture"] == "|skip_connect~0|+|skip_connect~0|skip_connect~1|+" \
        "|skip_connect~0|skip_connect~1|skip_connect~2|"  # fmt: skip


def test_a_space_without_skips_has_no_share_of_them() -> None:
    found = by_hand([chosen(0, 5, 6, 60.0)])
    other = found._replace(study=found.study | {"space": "nats_sss"})
    assert derived_courses(other) == []
    assert np.isnan(chosen_of(other)[0].skips)
    assert judged([claim(proxy="net", measure="derived_skips", low=0.5)], [other])[0].why == (
        "nats_sss has no skip connections"
    )


# variants


def test_variants_are_compared_with_the_one_of_fewest_options(summary: ProxySummary) -> None:
    first, second = ablation_of(summary)
    assert (first.row.proxy, first.option) == ("single_path", "")
    assert (second.row.proxy, second.option, second.value) == ("single_path(epochs=200)", "epochs", "200")
    assert second.reference == "single_path"
    pair = pair_of(summary.frame, "single_path(epochs=200)", "single_path")
    assert pair is not None
    assert second.difference == pair.difference
    assert second.difference.point == pytest.approx(second.row.kendall.point - first.row.kendall.point)
    assert first.row.fitted == pytest.approx(2.0), "the mean of 1, 2 and 3 seconds"
    lines = as_csv(ablation_table(summary, [first, second])).splitlines()
    assert lines[1].startswith("single_path,,reference,")
    assert lines[2].startswith("single_path,epochs,200,")


def test_an_option_that_only_the_reference_has_is_the_default_elsewhere(summary: ProxySummary) -> None:
    hyper = {"darts": {}, "single_path": {"lr": 0.1}, "single_path(epochs=200)": {"epochs": 200}}
    _, second = ablation_of(summary._replace(study=summary.study | {"hyper": hyper}))
    assert (second.option, second.value) == ("epochs, lr", "200, default")


def test_what_is_no_part_of_a_method_makes_no_variant(summary: ProxySummary) -> None:
    aside = {"snapshots": 5, "watch": 30, "device": "cuda", "checkpoints": "x", "label": "y"}
    hyper = {"darts": {}, "single_path": aside, "single_path(epochs=200)": {"epochs": 200}}
    first, second = ablation_of(summary._replace(study=summary.study | {"hyper": hyper}))
    assert (second.row.proxy, second.option, second.value) == ("single_path(epochs=200)", "epochs", "200")
    assert (first.row.proxy, second.reference) == ("single_path", "single_path"), "many such options are none"
    hyper["single_path(epochs=200)"] = {}
    assert ablation_of(summary._replace(study=summary.study | {"hyper": hyper})) == []


def test_proxies_that_train_no_supernet_have_no_ablation(results: Results) -> None:
    assert ablation_of(summed(results, lambda rows: rows[rows["proxy"] == "darts"])) == []


# claims


def claim(**about: Any) -> dict[str, Any]:
    return {"text": "t"} | about


def verdict(summary: ProxySummary, **about: Any) -> ClaimRow:
    (row,) = judged([claim(**about)], [summary])
    return row


def test_a_lead_is_that_of_paired_seeds(summary: ProxySummary) -> None:
    about = {"proxy": "single_path(epochs=200)", "than": "single_path"}
    row = verdict(summary, **about, low=0.0)
    pair = pair_of(summary.frame, "single_path(epochs=200)", "single_path", share=1.0)
    assert pair is not None
    assert (row.measured, row.n, row.seeds) == (pair.difference, 80, 3)
    assert row.measured.low > 0
    assert (row.verdict, row.why) == ("supported", "")
    assert verdict(summary, **about, high=0.0).verdict == "refuted"
    end = row.measured.point
    assert verdict(summary, **about, low=end).why == f"the interval holds {end:g}"
    spearman = verdict(summary, **about, low=0.0, statistic="spearman")
    assert spearman.measured.point > row.measured.point


def test_a_lead_of_nothing_is_none(summary: ProxySummary) -> None:
    same = summary.frame[summary.frame["proxy"] == "single_path"].assign(proxy="darts")
    frame = pd.concat([summary.frame[summary.frame["proxy"] != "darts"], same])
    row = verdict(summary._replace(frame=frame), proxy="darts", than="single_path", low=0.0)
    assert tuple(row.measured) == (0.0, 0.0, 0.0)
    assert row.verdict == "refuted"


def test_a_name_as_the_other_one_must_stand_for_one_label(summary: ProxySummary) -> None:
    assert verdict(summary, proxy="darts", than="single_path", high=0.0).than == "single_path"
    names = {"a": "single_path", "b": "single_path", "darts": "darts"}
    rows = tuple(row._replace(proxy=label) for row, label in zip(summary.rows, names, strict=True))
    several = summary._replace(study=summary.study | {"names": names}, rows=rows)
    assert judged([claim(proxy="darts", than="single_path", low=0.0)], [several]) == []


def test_a_label_that_is_also_a_name_is_about_itself(summary: ProxySummary) -> None:
    assert verdict(summary, proxy="single_path", low=0.0).proxy == "single_path"
    shown = {label: [label] for label in PROXIES} | {"SPOS": ["single_path"]}
    rows = tuple(row._replace(proxy="SPOS" if row.proxy == "single_path" else row.proxy) for row in summary.rows)
    named = summary._replace(study=summary.study | {"all_labels": shown}, rows=rows)
    assert verdict(named, proxy="single_path", low=0.0).proxy == "SPOS"


def test_a_measure_is_that_of_the_end(summary: ProxySummary) -> None:
    share = verdict(summary, proxy="darts", measure="skip_share", low=0.5)
    last = summary.history.query("proxy == 'darts' and measure == 'skip_share' and epoch == 20")
    assert share.measured.point == pytest.approx(last["value"].mean())
    assert share.measured.low < share.measured.point < share.measured.high <= 1.0
    assert verdict(summary, proxy="darts", measure="train_loss", high=100.0).verdict == "supported"
    open_end = verdict(summary, proxy="darts", measure="train_loss", low=-5.0)
    assert (open_end.low, open_end.verdict) == (-5.0, "supported")


@pytest.mark.parametrize(("proxy", "point"), [("darts", 5 / 6), ("single_path", 1 / 6)])
def test_equal_values_of_all_seeds_judge_nothing(proxy: str, point: float, summary: ProxySummary) -> None:
    row = verdict(summary, proxy=proxy, measure="derived_skips", low=0.5)
    assert (row.measured.point, row.n, row.seeds) == (pytest.approx(point), None, 3)
    assert np.isnan([row.measured.low, row.measured.high]).all()
    assert (row.verdict, row.why) == ("underpowered", "3 equal values give no interval")
    assert "or what was watched is the same with all seeds" in claims_table([row]).notes[0]


def test_values_that_differ_have_an_interval() -> None:
    found = by_hand([chosen(seed, 10, skips, 60.0) for seed, skips in enumerate((5, 6, 5))])
    row = verdict(found, proxy="net", measure="derived_skips", low=0.5)
    assert (row.verdict, row.why) == ("supported", "")
    assert row.measured.low < row.measured.point < row.measured.high


def test_a_measure_that_nobody_watched_is_undefined(summary: ProxySummary, results: Results) -> None:
    row = verdict(summary, proxy="single_path", measure="skip_share", low=0.5)
    assert (row.verdict, row.why) == ("undefined", "skip_share was not watched; there is train_loss")
    unchosen = summed(results, lambda rows: rows[rows["measure"] != "derived"])
    row = verdict(unchosen, proxy="darts", measure="derived_skips", low=0.5)
    assert (row.verdict, row.why) == ("undefined", "it was not watched what it would choose: ask for snapshots")


def test_a_seed_that_diverged_leaves_no_measure(results: Results) -> None:
    def broken(rows: pd.DataFrame) -> pd.DataFrame:
        where = (rows["proxy"] == "darts") & (rows["seed"] == 2) & (rows["measure"] == "train_loss")
        rows.loc[where & (rows["epoch"] == 20), "value"] = np.nan
        return rows

    row = verdict(summed(results, broken), proxy="darts", measure="skip_share", low=0.5)
    assert (row.verdict, row.why) == ("undefined", "training diverged with seed 2")


@pytest.mark.parametrize("about", [
    {"proxy": "darts", "measure": "skip_share", "low": 0.5},
    {"proxy": "darts", "low": 0.5},
    {"proxy": "single_path(epochs=200)", "than": "single_path", "low": 0.0},
])  # fmt: skip
def test_two_seeds_of_what_trains_judge_nothing(about: dict[str, Any], results: Results) -> None:
    two = {name: frame[frame["seed"] < 2] for name, frame in
           (("scores", results.scores), ("history", results.history), ("measured", results.measured))}  # fmt: skip
    row = verdict(summed(dataclasses.replace(results, **two)), **about)
    assert (row.verdict, row.why) == ("underpowered", "2 seeds, 3 are the least")
    assert "or fewer than 3 seeds of what was trained" in claims_table([row]).notes[0]


def test_what_fine_tunes_from_a_supernet_needs_as_many_seeds(results: Results) -> None:
    scores, measured = (frame[frame["seed"] < 2] for frame in (results.scores, results.measured))
    unwatched = summed(dataclasses.replace(results, scores=scores, measured=measured, history=pd.DataFrame()))
    named = {"darts": "inherited_fine_tune"}
    tuned = unwatched._replace(study=unwatched.study | {"names": named})
    assert verdict(unwatched, proxy="darts", low=-1.0).verdict == "supported"
    for about in ({"proxy": "darts"}, {"proxy": "single_path", "than": "darts"}):
        row = verdict(tuned, **about, low=-1.0)
        assert (row.verdict, row.why) == ("underpowered", "2 seeds, 3 are the least")
    assert verdict(tuned, proxy="single_path", low=-1.0).verdict == "supported"


def test_claims_of_all_kinds_read_well(summary: ProxySummary) -> None:
    rows = judged([
        claim(text="longer helps", proxy="single_path(epochs=200)", than="single_path", low=0.0),
        claim(text="it collapses", proxy="darts", measure="derived_skips", low=0.5),
        claim(text="it ranks", proxy="darts", high=0.9),
    ], [summary])  # fmt: skip
    first, second, third = claim_sentences(rows)
    assert first.startswith(
        "The claim “longer helps” is supported for single_path(epochs=200) against single_path on digits201: "
        "difference in Kendall τ-b 0."
    )
    assert second == (
        "The claim “it collapses” is underpowered for darts on digits201: share of skip connections in the derived "
        "architecture 0.83 (3 equal values give no interval)."
    )
    assert third.startswith("The claim “it ranks” is supported for darts on digits201: Kendall τ-b ")
    table = claims_table(rows)
    keys = [column.key for column in table.columns]
    told = [(row[keys.index("claimed")], row[keys.index("statistic")]) for row in table.rows]
    assert told == [
        ("more than 0", "Kendall τ-b, less that of single_path"),
        ("at least 0.5", "share of skip connections in the derived architecture"),
        ("at most 0.9", "Kendall τ-b"),
    ]
    assert len(table.notes) == 3
    check_latex(as_latex(table))


# figures, tables, the page


def drawn(plot: Plot | None) -> Plot:
    assert plot is not None
    plot.figure.draw_without_rendering()
    return plot


def test_each_figure_holds_what_was_watched(summary: ProxySummary) -> None:
    with styled("s"):
        ranks = drawn(rank_over_epochs(summary, rank_courses(summary), pen(PROXIES)))
        shares = drawn(skip_share(summary, pen(PROXIES)))
        others = drawn(watched(summary, pen(PROXIES)))
    assert list(ranks.data.columns) == ["supernet", "epoch", "kendall_tau_b", "low", "high", "seeds"]
    assert ranks.data.groupby("supernet").size().to_dict() == dict.fromkeys(PROXIES, 4)
    assert set(zip(shares.data["supernet"], shares.data["measure"], strict=True)) == {
        ("darts", "skip_share"), *((label, "derived_skips") for label in PROXIES)
    }  # fmt: skip
    assert set(others.data["measure"]) == {"train_loss", "entropy"}
    assert [plot.name for plot in (ranks, shares, others)] == ["rank_over_epochs_0", "skip_share_0", "watched_0"]
    titles = [axes.get_title() for axes in others.figure.axes]
    assert titles == ["training loss (nats)", "entropy of the choice (nats)"]


def test_there_is_no_figure_of_nothing(results: Results) -> None:
    found = summed(results, lambda rows: rows[(rows["measure"] == "train_loss") & (rows["proxy"] == "darts")])
    with styled("s"):
        assert rank_over_epochs(found, rank_courses(found), pen(PROXIES)) is None
        assert skip_share(found, pen(PROXIES)) is None
        alone = drawn(watched(found, pen(PROXIES)))
    assert len(alone.figure.axes) == 1
    assert "means over seeds" in alone.caption


def test_one_seed_has_no_band_and_no_mean(results: Results) -> None:
    found = summed(results, lambda rows: rows[rows["seed"] == 0])
    with styled("s"):
        plot = drawn(watched(found, pen(PROXIES)))
    assert plot.caption == "What was watched while supernets trained: of one seed."
    assert plot.data["low"].isna().all()


def test_a_training_that_ended_earlier_is_carried_on_as_dots(results: Results) -> None:
    found = summed(results, lambda rows: rows[(rows["proxy"] != "darts") | (rows["epoch"] <= 10)])
    with styled("s"):
        plot = drawn(rank_over_epochs(found, rank_courses(found), pen(PROXIES)))
    assert plot.caption.endswith("Dotted: where a training that was shorter had ended.")
    ends = [line.get_xdata()[-1] for line in plot.figure.axes[0].lines if len(line.get_xdata()) == 2]
    assert 20 in ends


def test_equal_shares_stand_beside_each_other_at_their_true_heights(summary: ProxySummary) -> None:
    courses = derived_courses(summary)
    with styled("s"):
        figure = draw_skip_share(summary, {"derived_skips": courses}, pen(PROXIES))
    curves = [line for line in figure.axes[0].lines if len(line.get_xdata()) == 4]
    assert len(curves) == len(courses) == 3
    for course, curve, shift in zip(courses, curves, (-1, 0, 1), strict=True):
        assert list(curve.get_ydata()) == [value.point for value in course.values]
        assert np.asarray(curve.get_xdata()) == pytest.approx(np.array(course.epochs) + shift * distance(courses))
    assert 0 < distance(courses) <= 0.01 * 20
    assert distance(courses * 10) * 30 == pytest.approx(0.04 * 20)


def test_a_logarithmic_axis_has_plain_numbers() -> None:
    rows = [(0, epoch, "reward", point, -1, np.nan) for epoch, point in enumerate((2.0, 30.0, 900.0))]
    with styled("s"):
        plot = drawn(watched(by_hand(rows), pen(["net"])))
    (axes,) = plot.figure.axes
    shown = [label.get_text() for label in axes.get_yticklabels(which="both") if label.get_text()]
    assert {"10", "100", "1,000"} <= set(shown)
    assert not any("$" in text for text in shown)


def test_bold_is_for_rows_of_the_same_architectures_alone(summary: ProxySummary) -> None:
    rows = disorders(summary, rank_courses(summary))
    assert len(rows) == 3
    other = [rows[0]._replace(n=rows[0].n - 1), *rows[1:]]
    bold = [any(cell.best for row in cells(disorder_table(summary, some))[0] for cell in row) for some in (rows, other)]
    assert bold == [True, False]
    assert "others than those of the table of proxies" in disorder_table(summary, rows).notes[1]


def test_supernets_have_a_kind_and_a_note_of_their_own(summary: ProxySummary) -> None:
    with styled("s"):
        plot = drawn(cost(summary, pen(PROXIES)))
    assert set(plot.data.loc[plot.data["proxy"] != "noise ceiling", "kind"]) == {"supernet"}
    assert [text.get_text() for text in plot.figure.legends[0].get_texts()] == ["supernet"]
    note = "A supernet's measured seconds are those of its training, divided by the 80 it scores"
    assert note in plot.caption
    for table in (proxy_table(summary), proxies_table([summary])):
        assert any(one.startswith(note) for one in table.notes)
    assert spread_note([summary._replace(history=summary.history.iloc[:0])]) == ""


def test_an_axis_is_logarithmic_where_values_are_far_apart() -> None:
    def course(*points: float) -> list[Course]:
        rows = [(0, epoch, "reward", point, -1, np.nan) for epoch, point in enumerate(points)]
        return courses_of(by_hand(rows), "reward")

    assert is_log(course(0.1, 90.0))
    assert not is_log(course(1.0, 9.0))
    assert not is_log(course(0.0, 90.0))


def test_panels_stand_in_a_grid_and_a_name_once_in_the_legend() -> None:
    panel = {"data": [{"name": "a"}, {"name": "a", "showlegend": False}], "layout": {"xaxis": {}, "yaxis": {}}}
    found = hover_grid([panel] * 3, 2)
    assert [trace["showlegend"] for trace in found["data"]] == [True, False, False, False, False, False]
    assert [trace["xaxis"] for trace in found["data"][::2]] == ["x", "x2", "x3"]
    layout = found["layout"]
    assert layout["xaxis"]["domain"] == layout["xaxis3"]["domain"] == [0.0, 0.46]
    assert layout["xaxis2"]["domain"] == [0.54, 1.0]
    assert layout["yaxis"]["domain"][0] > layout["yaxis3"]["domain"][1]
    assert layout["xaxis3"]["anchor"] == "y3"


def test_sentences_say_what_the_tables_show(summary: ProxySummary) -> None:
    ranks, rows = rank_courses(summary), chosen_of(summary)
    text = supernet_sentences(summary, ranks, rows, disorders(summary, ranks))
    assert text[0].startswith("Among the architectures watched while supernets trained, single_path")
    assert " after 20 epochs, " in text[0]
    assert any(
        line.startswith("What darts (0.83 [0.83, 0.83]) would choose is for the most part skip") for line in text
    )
    assert any(
        line.startswith("What single_path") and "points behind the best of the 80 scored" in line for line in text
    )
    assert any(line.startswith("Two seeds of darts give scores that agree at τ-b ") for line in text)


def test_a_ranking_that_training_makes_worse_is_named() -> None:
    truth = [float(one) for one in range(30)]
    noise = np.random.default_rng(0).normal(size=30)
    rows = [scored(seed, 5, truth, truth) + scored(seed, 50, (noise + seed).tolist(), truth) for seed in range(3)]
    found = by_hand([row for seed in rows for row in seed])
    text = supernet_sentences(found, rank_courses(found), [], [])
    assert text[1].startswith("Training longer makes the ranking worse of net (τ-b 1.00 after 5 epochs, ")


def test_tables_compile_as_latex(summary: ProxySummary) -> None:
    ranks = rank_courses(summary)
    check_latex(as_latex(ablation_table(summary, ablation_of(summary))))
    check_latex(as_latex(derived_table(summary, chosen_of(summary))))
    check_latex(as_latex(disorder_table(summary, disorders(summary, ranks))))


def test_the_page_shows_supernets_in_the_users_words(results: Results, tmp_path: Path) -> None:
    experiment = {"claim": [claim(text="collapse", proxy="darts", measure="derived_skips", low=0.5)]}
    told = dataclasses.replace(results, manifest=results.manifest | {"experiment": experiment | {"name": "x"}})
    setup = Wording(names={"darts": "DARTS", "single_path": "SPOS"})
    (part,) = renamed(parts_of([told]), setup)
    assert set(part.history["proxy"]) == {"DARTS", "SPOS", "SPOS(epochs=200)"}
    page = build_report([told], tmp_path / "report").read_text(encoding="utf-8")
    names = {path.stem for path in (tmp_path / "report").rglob("*.csv")}
    assert {"ablation_0", "derived_0", "disorder_0", "rank_over_epochs_0", "skip_share_0", "watched_0"} <= names
    assert "The claim “collapse” is underpowered for darts on digits201" in page
    assert "Two seeds of darts give scores" in page
    section = supernets_of(summed(told), Drawing(None, pen(PROXIES), PLAIN))
    assert [one.name for one in section.content] == ["ablation_0", "disorder_0", "derived_0"]
