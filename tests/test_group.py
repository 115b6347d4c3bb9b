"""Who beats whom: the tests behind it, studies side by side, and the sentences."""

import re

import numpy as np
import pandas as pd
import pytest
from searches import LONG, fabricated, finals, summary_of

from harness.statistics.compare import average_ranks, probability_of_improvement
from reports.numbers import interval
from reports.page.group_sentences import group_sentences
from reports.page.search_sentences import TEST, search_sentences
from reports.summary.duels import corrected, duel, family_of, hopeless
from reports.summary.group import Group, few_runs, groups_of, paired_losses, ranking_of, rows_of
from reports.summary.search import SearchSummary, baseline_of
from reports.summary.verdicts import verdicts_of
from reports.tables.search_table import search_table

RS, RE, LS = "random_search", "regularized_evolution", "local_search"
rng = np.random.default_rng(3)
NOISE = rng.uniform(0, 0.2, (120, 3))
WORSE = 0.3 + NOISE[:, 0]
"""Ends 0.1 above `BETTER` at least."""
BETTER = NOISE[:, 1]
OTHER = BETTER + 0.05 * (NOISE[:, 2] - NOISE[:, 2].mean()) + 0.0005
"""On average a little above `BETTER`."""


def study(**items: object) -> dict[str, object]:
    return {"algorithms": list(items), "hyper": {label: options for label, (_, options) in items.items()},
            "names": {label: name for label, (name, _) in items.items()}}  # fmt: skip


def test_the_baseline_is_plain_random_search_whatever_its_label() -> None:
    evolution, random = ("regularized_evolution", {}), ("random_search", {})
    assert baseline_of(study(RE=evolution, RS=random)) == "RS"
    assert baseline_of(study(random_search=evolution)) is None
    for options in ({"epochs": 4}, {"replace": True}, {"warmup": {"proxy": "synflow"}}):
        assert baseline_of(study(RS=("random_search", options))) is None
        assert baseline_of(study(first=("random_search", options), plain=random)) == "plain"
    assert baseline_of({"algorithms": [RE, RS]}) == RS
    assert (
        baseline_of({"algorithms": ["random_search(epochs=3)"], "hyper": {"random_search(epochs=3)": {"e": 3}}}) is None
    )


def test_improvement_is_over_the_baseline_by_its_label() -> None:
    found = finals({"RS": WORSE, "RE": BETTER}, names={"RS": RS, "RE": RE}, hyper={})
    by_label = {row.algorithm: row.improvement for row in found.rows}
    assert by_label == {"RS": None, "RE": probability_of_improvement(BETTER, WORSE)}
    assert all(row.improvement is None for row in finals({"a": WORSE, "b": BETTER}).rows)
    worse = finals({"RS": BETTER, "RE": WORSE}, names={"RS": RS, "RE": RE}, hyper={})
    assert "No algorithm does better on average than RS." in search_sentences(worse)


def test_tied_are_those_that_corrected_signed_rank_tests_do_not_tell_apart() -> None:
    ahead = np.arange(6) / 100
    assert finals({"a": ahead, "b": ahead + 1}, live=True).tied == ()
    four = finals({"a": ahead, "b": ahead + 1, "c": ahead + 2, "d": ahead + 3}, live=True)
    assert four.duels["b"].p == pytest.approx(6 * 2 * 0.5**6)
    assert four.tied == ("b", "c", "d")
    eight = np.arange(8) / 100
    assert finals({"a": eight, "b": eight + 1, "c": eight + 2, "d": eight + 3}, live=True).tied == ()
    assert finals({"a": BETTER, "b": OTHER, "c": WORSE}).tied == ("b",)


def test_the_best_is_chosen_by_the_same_runs_and_so_all_pairs_count() -> None:
    """Of identical algorithms somebody is called worse in 5 % of the reports at most."""
    draw = np.random.default_rng(2)
    found = 0
    for _ in range(60):
        loss = pd.DataFrame(draw.normal(size=(100, 8)), columns=list("abcdefgh"))
        family = family_of(loss[loss.mean().sort_values().index], 100)
        found += any(one.p <= 0.05 for one in family.tested.values())
    assert family.tests == 28
    assert found <= 0.05 * 60


def test_too_few_runs_are_not_tested_and_runs_without_an_incumbent_do_not_count() -> None:
    holes = np.where(np.arange(120) < 30, np.nan, WORSE)
    found = finals({RS: OTHER, RE: BETTER, LS: holes})
    assert (found.fewest, found.underpowered, found.tied) == (90, True, ())
    lines = search_sentences(found)
    assert lines[-1] == "Underpowered: with 90 runs, take the order as a hint only."
    assert not any("signed" in line or "worse" in line for line in lines)
    enough = finals({RS: WORSE, RE: BETTER, LS: np.where(np.arange(120) < 20, np.nan, WORSE)})
    assert (enough.fewest, enough.underpowered) == (100, False)
    notes = search_table(found).notes
    assert notes[0] == "Underpowered: an algorithm has 90 runs with an incumbent; a claim takes at least 100."
    assert notes[1] == "No tests: fewer runs than a claim takes."
    assert notes[-2].endswith("have one, tests and P those with which both have.")
    assert notes[-2].startswith(f"Runs of {LS} ended without an incumbent and are left out of means; ranks")
    assert not any(note.startswith(("No tests", "Runs of")) for note in search_table(finals({RS: WORSE})).notes)


def test_algorithms_that_share_few_seeds_with_the_best_are_not_compared() -> None:
    values = {"a": [*BETTER, *[np.nan] * 200]} | {
        label: [*[np.nan] * 120, *WORSE, *WORSE[:80]] for label in "bc"
    }  # fmt: skip
    found = finals(values)
    assert not found.underpowered
    assert found.tied == ()
    lines = search_sentences(found)
    assert "b and c have results with fewer than 100 of its seeds, and were not compared." in lines
    one = search_sentences(finals({label: values[label] for label in "ab"}))
    assert "b has results with fewer than 100 of its seeds, and was not compared." in one
    assert not any("better than every" in line or TEST in line for line in lines)


def test_one_that_is_better_by_ranks_is_tied_with_the_best_mean() -> None:
    often, seldom = np.full(95, 0.9), np.full(5, 10.0)
    found = finals({"steady": np.ones(100), "mostly": np.concatenate([often, seldom])})
    assert [row.algorithm for row in found.rows] == ["steady", "mostly"]
    assert found.duels["mostly"].word == "beats"
    assert found.duels["mostly"].p < 0.001
    assert found.tied == ("mostly",)
    assert search_sentences(found)[1] == f"mostly is better than it by signed ranks ({TEST})."


def test_runs_without_an_incumbent_are_dropped_in_pairs() -> None:
    whole, never = np.tile(BETTER, 2), np.full(240, np.nan)
    holes = np.where(np.arange(240) % 2, np.nan, np.tile(WORSE, 2))
    found = finals({"a": whole, "b": holes, "never": never})
    assert (found.duels["b"].runs, found.duels["b"].word) == (120, "loses to")
    assert not found.underpowered
    assert "never" not in found.duels
    assert found.tied == ()
    assert "No run of never ended with an incumbent." in search_sentences(found)
    ranks = {row.algorithm: row.rank for row in found.rows}
    assert np.isnan(ranks.pop("never").point)
    assert list(ranks.values()) == average_ranks(np.column_stack([whole, holes])[::2])


def test_one_run_and_equal_runs_are_called_by_their_name() -> None:
    single = finals({RS: [3.0], RE: [1.0], LS: [2.0]})
    assert (single.tied, single.underpowered) == ((), True)
    lines = search_sentences(single)
    assert lines[0].endswith("regularized_evolution reaches the lowest mean test regret: 1.00 points over 1 run.")
    assert lines[1:] == ["Underpowered: with 1 run, take the order as a hint only."]
    live = search_sentences(finals({RS: [3.0] * 3, RE: [1.0] * 3, LS: [2.0] * 3}, live=True))
    assert live[1] == "3 runs paired by seed cannot tell any two of them apart, whatever they end with."
    equal = finals({RS: np.full(100, 2.0), RE: np.full(100, 2.0), LS: np.full(100, 2.0)})
    assert set(equal.tied) == {RE, LS}
    assert search_sentences(equal)[1] == "All algorithms end with the same in every run: nothing tells them apart."
    assert len(search_sentences(finals({RS: BETTER}))) == 1
    assert search_sentences(finals({RS: [np.nan], RE: [np.nan]})) == ["On digits201, no run ended with an incumbent."]


def test_what_is_said_of_the_best_names_the_test() -> None:
    test = "(paired by seed, signed-rank tests of all pairs, Holm-corrected, 5 %)"
    assert (
        search_sentences(finals({RS: WORSE, RE: BETTER}))[1] == f"By signed ranks it is better than every other {test}."
    )
    mixed = search_sentences(finals({RS: WORSE, RE: BETTER, LS: OTHER}))[1]
    assert mixed == f"local_search cannot be told apart from it {test}; random_search is worse."


def test_a_duel_is_lost_by_the_sum_of_ranks_and_not_by_the_sum_of_differences() -> None:
    loss = finals({"a": [0.0] * 9 + [50.0], "b": list(range(1, 11))}).loss
    assert loss["a"].sum() > 49
    assert (duel(loss, "a", "b").lead, duel(loss, "b", "a").lead) == (1, -1)
    swapped = finals({"a": [1.0, 2.0], "b": [2.0, 1.0]}).loss
    assert (duel(swapped, "a", "b").lead, duel(swapped, "a", "b").equal) == (0, False)
    assert duel(loss, "a", "a").equal


def test_holm_counts_the_tests_that_were_made() -> None:
    loss = finals({"a": np.arange(6.0), "b": np.arange(6.0) + 1, "c": [np.nan] * 6}).loss
    found = corrected({label: duel(loss, "a", label) for label in "bc"})
    assert (found["b"].p, found["c"].p) == (pytest.approx(2 * 0.5**6), 1.0)
    assert [hopeless(runs, 1) for runs in (1, 5, 6)] == [True, True, False]
    assert [hopeless(runs, 3) for runs in (6, 7)] == [True, False]


def three(**more: object) -> list[SearchSummary]:
    """Evolution wins on the first two and has too few runs on the third."""
    return [
        finals({RS: WORSE, RE: BETTER, **more}, name="digits201", number=0),
        finals({RS: WORSE, RE: BETTER, **more}, name="nb201-cifar10", number=1),
        finals({RS: WORSE[:40], RE: BETTER[:40]}, name="nb201-cifar100", number=2),
    ]


def test_studies_are_one_group_where_two_algorithms_are_in_all() -> None:
    (group,) = groups_of(three(**{LS: OTHER}))
    assert group.labels == (RS, RE)
    assert group.titles == ["digits201", "nb201-cifar10", "nb201-cifar100"]
    assert group.left_out == ("local_search was not run on nb201-cifar100.",)
    assert [table.shape for table in paired_losses(group)] == [(120, 2), (120, 2), (40, 2)]
    assert rows_of(group).shape == (280, 2)
    assert ranking_of(group) == [RE, RS]


def test_studies_with_too_little_in_common_stand_alone() -> None:
    searches = [finals({RS: WORSE, RE: BETTER}, name="a"), finals({RS: WORSE, LS: OTHER}, name="b", number=1)]
    first, second = groups_of(searches)
    assert (first.labels, second.labels) == ((RS, RE), (RS, LS))
    assert first.left_out == ("a and b have fewer than two algorithms in common, so each is compared by itself.",)
    assert second.left_out == ()


def test_a_study_without_an_evaluation_is_left_out_and_said() -> None:
    empty = summary_of({}, name="empty", number=1)
    (group,) = groups_of([finals({RS: WORSE}), empty])
    assert [search.runs.study["benchmark"] for search in group.searches] == ["digits201"]
    assert group.left_out == ("On empty, no search finished an evaluation.",)
    assert "On empty, no search finished an evaluation." in group_sentences(group)
    assert groups_of([empty]) == []


def test_an_algorithm_that_never_had_an_incumbent_is_no_label() -> None:
    searches = [
        finals({RS: WORSE, RE: BETTER, LS: OTHER}, name="a"),
        finals({RS: WORSE, RE: BETTER, LS: np.full(120, np.nan)}, name="b", number=1),
    ]
    (group,) = groups_of(searches)
    assert group.labels == (RS, RE)
    assert group.left_out == ("No run of local_search on b ended with an incumbent.",)
    sentence = next(line for line in group_sentences(group) if line.startswith(LS))
    assert sentence.endswith("; without an incumbent on b.")


def chance(a: np.ndarray, b: np.ndarray) -> str:
    return f"P {interval(probability_of_improvement(a, b))}"


def only(searches: list[SearchSummary]) -> Group:
    (group,) = groups_of(searches)
    return group


def test_a_verdict_on_three_data_sets_of_which_one_is_underpowered() -> None:
    p = chance(BETTER, WORSE)
    assert p == "P 1.00 [1.00, 1.00]"
    p = "P > 0.99"
    assert group_sentences(only(three()))[0] == (
        f"regularized_evolution beats random_search on 2 of 3 data sets (digits201: {p}; nb201-cifar10: {p}); "
        "underpowered on the third (nb201-cifar100: 40 runs)."
    )


def test_a_verdict_on_one_data_set_and_on_two() -> None:
    one = only([finals({RS: WORSE, RE: BETTER, LS: OTHER}, name="a")])
    assert group_sentences(one)[0] == f"{RE} (P > 0.99) and {LS} (P > 0.99) beat {RS}."
    weak = only([finals({RS: WORSE[:99], RE: BETTER[:99]}, name="a")])
    assert group_sentences(weak) == []
    b = finals({RS: BETTER, RE: OTHER}, name="b", number=1)
    both = only([finals({RS: BETTER, RE: WORSE}, name="a"), b])
    assert group_sentences(both)[0] == (
        f"{RE} loses to {RS} on 1 of 2 data sets (a: P < 0.01); "
        f"cannot be told apart from it on the other (b: {chance(OTHER, BETTER)})."
    )
    same = only([finals({RS: WORSE, RE: BETTER}, name=name, number=i) for i, name in enumerate("ab")])
    assert group_sentences(same)[0] == f"{RE} beats {RS} on both data sets (a: P > 0.99; b: P > 0.99)."
    few = [finals({RS: WORSE[:9], RE: BETTER[:9], LS: OTHER[:9]}, name=name, number=i) for i, name in enumerate("ab")]
    lines = group_sentences(only(few))
    assert sorted(re.split(" and | against ", lines[0])[:2]) == [LS, RE]
    assert lines[0].endswith(f" against {RS} are underpowered on both data sets (a: 9 runs; b: 9 runs).")
    assert len(lines) == 2


def test_verdicts_on_many_data_sets_name_a_few() -> None:
    wins = [finals({RS: WORSE, RE: BETTER}, name=f"w{i}", number=i) for i in range(6)]
    losses = [finals({RS: BETTER, RE: WORSE}, name=f"l{i}", number=6 + i) for i in range(2)]
    ties = [finals({RS: BETTER, RE: BETTER}, name=f"t{i}", number=8 + i) for i in range(2)]
    line = group_sentences(only(wins + losses + ties))[0]
    assert line.startswith(f"{RE} beats {RS} on 6 of 10 data sets (w0: ")
    assert "; and 2 more); loses to it on 2 (l0: " in line
    half = chance(BETTER, BETTER)
    assert line.endswith(f"); cannot be told apart from it on the other 2 (t0: {half}; t1: {half}).")
    assert group_sentences(only(wins))[0].startswith(f"{RE} beats {RS} on all 6 data sets (")


def test_missing_algorithms_are_said_once() -> None:
    searches = [
        finals({RS: WORSE, RE: BETTER, LS: BETTER, "d": WORSE}, name="a"),
        finals({RE: BETTER, LS: BETTER, "d": WORSE}, name="b", number=1),
        finals({RS: WORSE, RE: BETTER, "d": WORSE}, name="c", number=2),
    ]
    lines = group_sentences(only(searches))
    own = {line.split()[0]: line for line in lines[:3]}
    assert own[RE].startswith(f"{RE} beats {RS} on 2 of 3 data sets (a: ")
    assert own[RE].endswith(f"); {RS} was not run on b.")
    assert own[LS].endswith(f"); not run on c; {RS} was not run on b.")
    assert own[LS].startswith(f"{LS} beats {RS} on 1 of 3 data sets (a: ")
    assert not any(line.startswith((f"{LS} was", f"{RS} was")) for line in lines)
    never = only([finals({RE: BETTER, LS: OTHER, "x": WORSE}, name="a"),
                  finals({RE: BETTER, LS: OTHER, RS: WORSE}, name="b", number=1)])  # fmt: skip
    assert f"x was not run on b; {RS} was not run on a." in group_sentences(never)


def test_the_verdict_is_of_a_test_corrected_over_all_data_sets() -> None:
    """Live training takes three runs, and six that all agree are significant once, but not twice."""
    ahead = np.arange(6) / 100
    live = {RS: ahead + 1, RE: ahead}
    once = verdicts_of(only([finals(live, name="a", live=True)]))
    assert (once.all[0].outcomes[0].word, once.tests, once.runs) == ("beats", 1, 6)
    twice = only([finals(live, name=name, number=i, live=True) for i, name in enumerate("ab")])
    assert [one.word for one in verdicts_of(twice).all[0].outcomes] == ["cannot be told apart from"] * 2
    assert verdicts_of(twice).tests == 2
    assert any(
        line.endswith("for all 2: with 6 runs each, they cannot tell any two apart.") for line in group_sentences(twice)
    )
    few = only([finals({RS: [1.0, 2.0], RE: [0.0, 0.0]}, live=True)])
    assert verdicts_of(few).all[0].outcomes[0].word == "underpowered"
    assert verdicts_of(few).tests == 0


def test_underpowered_comparisons_are_neither_tested_nor_corrected_for() -> None:
    found = verdicts_of(only(three()))
    assert [one.word for one in found.all[0].outcomes] == ["beats", "beats", "underpowered"]
    assert found.tests == 2
    unequal = finals({RS: WORSE, RE: BETTER[:99]})
    assert [one.runs for one in verdicts_of(only([unequal])).all[0].outcomes] == [99]
    assert verdicts_of(only([unequal])).all[0].outcomes[0].word == "underpowered"


def test_without_a_baseline_the_best_stands_against_each_other() -> None:
    group = only([finals({"a": WORSE, "b": BETTER, "c": OTHER}, name=name, number=i) for i, name in enumerate("xy")])
    found = verdicts_of(group)
    assert [(one.algorithm, one.against) for one in found.all] == [("b", "a"), ("b", "c")]
    assert [outcome.word for outcome in found.all[0].outcomes] == ["beats"] * 2
    assert group_sentences(group)[0].startswith("b beats a on both data sets (x: P ")


def test_no_more_than_eight_verdicts_are_put_into_words() -> None:
    alike = [fabricated(LONG, runs=100, steps=2, number=number) for number in range(2)]
    lines, verdicts = group_sentences(only(alike)), verdicts_of(only(alike)).all
    assert sum(" random_search on " in line for line in lines) == 8
    assert lines[8] == "And 3 more in the table."
    assert [line.split(" beats ")[0].split(" cannot ")[0].split(" loses ")[0] for line in lines[:8]] == [
        one.algorithm for one in verdicts[:8]
    ]
    verdicts = verdicts_of(only(alike[:1])).all
    wins = [one.outcomes[0].word == "beats" for one in verdicts]
    assert wins == sorted(wins, reverse=True)
    chances = [one.outcomes[0].improvement.point for one in verdicts if one.outcomes[0].word == "beats"]
    assert len(chances) > 3
    assert chances == sorted(chances, reverse=True)


def test_friedman_is_about_ranks_over_pairs_of_data_set_and_seed() -> None:
    searches = [finals({RS: WORSE, RE: BETTER, LS: OTHER}, name=name, number=i) for i, name in enumerate("ab")]
    line = next(one for one in group_sentences(only(searches)) if "Friedman" in one)
    assert line.startswith(
        "Over 240 pairs of data set and seed (2 data sets), the algorithms' ranks differ (Friedman's χ² = "
    )
    assert line.endswith("2 degrees of freedom, p < 0.001, 3 algorithms).")
    one = group_sentences(only(searches[:1]))
    assert any(line.startswith("Over 120 seeds, the algorithms' ranks differ") for line in one)
    noise = rng.normal(size=(20, 3)) ** 2
    alike = only([finals({RS: noise[:, 0], RE: noise[:, 0] + (-1) ** np.arange(20) * 1e-3, LS: noise[:, 0]})])
    assert any("no difference between ranks is found (Friedman's χ² = 0.0" in line for line in group_sentences(alike))
    equal = finals({RS: noise[:, 0], RE: noise[:, 0], LS: noise[:, 0]})
    assert group_sentences(only([equal])) == []
    twice = group_sentences(only([equal, finals({RS: noise[:, 0], RE: noise[:, 0], LS: noise[:, 0]}, number=1)]))
    assert any("all 3 algorithms end alike" in line for line in twice)
    assert not any("Friedman" in line for line in group_sentences(only(three())))
    weak = [searches[0], finals({RS: WORSE[:40], RE: BETTER[:40], LS: OTHER[:40]}, name="c", number=2)]
    line = next(one for one in group_sentences(only(weak)) if "Friedman" in one)
    assert line.startswith(
        "Underpowered (c has fewer than 100 runs): over 160 pairs of data set and seed (2 data sets), "
    )
    assert line.endswith("3 algorithms).")
    live = finals({RS: [3.0, 2.0], RE: [1.0, 0.0], LS: [2.0, 1.5]}, live=True)
    line = next(one for one in group_sentences(only([live])) if "Friedman" in one)
    assert line.startswith("Underpowered (fewer than 3 runs): over 2 seeds, ")
    assert few_runs(only([searches[0], live])).endswith(" has fewer than 3 runs")
    assert few_runs(only(searches)) == ""


def test_differences_in_other_units_are_not_held_against_each_other() -> None:
    searches = [finals({RS: WORSE, RE: BETTER, LS: OTHER}, name="a"),
                finals({RS: WORSE, RE: BETTER, LS: OTHER}, name="b", number=1, unit="bits")]  # fmt: skip
    assert not only(searches).commensurable
    assert only(searches[:1]).commensurable


def test_the_same_benchmark_twice_is_not_two_data_sets() -> None:
    searches = [finals({RS: WORSE, RE: BETTER}, number=i, seconds=100.0 * (i + 1)) for i in range(2)]
    line = group_sentences(only(searches))[0]
    assert line.startswith(f"{RE} beats {RS} on both studies (digits201, 100 simulated seconds: P ")


def test_verdicts_on_one_data_set_are_put_together_by_kind() -> None:
    found = group_sentences(only([finals({RS: OTHER, RE: BETTER, LS: BETTER - 1, "d": WORSE, "e": WORSE + 1})]))
    assert found[0] == f"{LS} (P > 0.99) beats {RS}."
    assert found[1] == f"d (P < 0.01) and e (P < 0.01) lose to {RS}."
    assert found[2] == f"{RE} ({chance(BETTER, OTHER)}) cannot be told apart from {RS}."
    assert "Holm-corrected for all 4; intervals are not corrected, so that one may leave out 0.5 where" in found[3]
    uneven = {"a": BETTER, "b": WORSE, "c": WORSE[:99] + 1}
    leading = group_sentences(only([finals(uneven)]))
    assert leading[:2] == ["a beats b (P > 0.99).", "a against c (99 runs) is underpowered."]
    many = group_sentences(only([finals({RS: WORSE, "first": BETTER - 1} | {f"x{i}": BETTER for i in range(11)})]))
    assert many[0].endswith("and 4 more beat random_search.")


def test_sentences_of_one_data_set_do_not_repeat_each_other() -> None:
    leading = only([finals({"a": BETTER, "b": WORSE, "c": WORSE + 1})])
    baseline = only([finals({RS: BETTER, RE: OTHER, LS: WORSE})])
    for group in (leading, baseline):
        lines = group_sentences(group)
        assert len(lines) == 1
        assert "Friedman" in lines[0]
    alike = only([finals({RS: OTHER, RE: BETTER, LS: OTHER + 0.0001 * (-1) ** np.arange(120)})])
    assert RS in alike.searches[0].tied
    assert group_sentences(alike)[0].startswith(f"{LS} (P ")
    assert RE not in group_sentences(alike)[0]


def test_without_a_baseline_the_verdicts_are_corrected_for_all_pairs() -> None:
    group = only([finals({"a": WORSE, "b": BETTER, "c": OTHER, "d": WORSE + 1}, name=name, number=i)
                  for i, name in enumerate("xy")])  # fmt: skip
    assert len(verdicts_of(group).all) == 3
    assert verdicts_of(group).tests == 12
    search = finals({"a": WORSE, "b": BETTER, "c": OTHER})
    pairs = {one.against: one.outcomes[0].word for one in verdicts_of(only([search])).all}
    assert pairs == {"a": "beats", "c": "cannot be told apart from"}
    assert verdicts_of(only([search])).tests == search.family.tests == 3
