"""Proxies against the costs of devices."""

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from reports_factory import pen, proxy_study

from harness.statistics.rank import kendall
from reports.figures.hardware import COUNTS, hardware, panels_of
from reports.figures.style import styled
from reports.plot import Plot
from reports.summary.proxy import ProxySummary, summarize_proxies
from reports.tables.hardware_table import hardware_table
from reports.tables.table import Missing, Table, cells

PROXIES = ("params", "few FLOPs", "forest")


@cache
def summary(
    number: int = 0, metric: str = "raspi4_latency", maximize: bool = False, split: str = "cost",
    proxies: tuple[str, ...] = PROXIES,
) -> ProxySummary:  # fmt: skip
    """The more FLOPs the dearer, with noise; one architecture was never measured."""
    rng = np.random.default_rng(len(metric))
    study = proxy_study(number, proxies, 60, 2) | {
        "truth": {"metric": metric, "split": split, "epochs": 12, "schedule": 12},
        "names": dict(zip(PROXIES, ("params", "negated", "random_forest"), strict=True)),
        "hyper": {"params": {}, "few FLOPs": {"proxy": "flops"}, "forest": {"train": 20}},
        "unit": "ms",
        "maximize": maximize,
    }
    flops = rng.uniform(5, 200, 60)
    cost = flops ** (1 if not maximize else -1) * rng.lognormal(0, 0.3, 60)
    cost[7] = np.nan
    scores = {"params": 1000 * flops.round(-1), "few FLOPs": -flops, "forest": -flops + rng.normal(0, 90, 60)}
    frame = pd.concat(
        pd.DataFrame({"study": number, "proxy": label, "seed": seed, "arch": np.arange(60) + seed,
                      "score": scores[label], "truth": cost, "params": flops, "evaluation_seconds": 0.0, "trained": 0})
        for label in proxies for seed in range(2)
    )  # fmt: skip
    measured = pd.DataFrame(
        [{"study": number, "kind": "proxy", "label": label, "seed": seed, "n": 60, "proxy_seconds": 0.1,
          "fit_seconds": 0.0} for label in proxies for seed in range(2)]
    )  # fmt: skip
    return summarize_proxies(study, frame, pd.DataFrame(), measured)


def draw(found: ProxySummary) -> Plot | None:
    with styled("test"):
        return hardware(found, pen(PROXIES))


class TestFigure:
    @pytest.mark.parametrize("maximize", [False, True])
    def test_counts_and_costs_are_drawn_as_they_are(self, maximize: bool) -> None:
        """Whatever way a score points, and whether little or much is good."""
        panels = panels_of(summary(maximize=maximize))
        assert [panel.counted for panel in panels] == ["params", "flops"]
        for panel in panels:
            assert len(panel.x) == 59
            assert 7 not in panel.archs
            assert (panel.x > 0).all()
            assert (panel.y > 0).all()
            assert panel.kendall.point == pytest.approx(kendall(panel.x, panel.y))
            assert panel.kendall.low <= panel.kendall.point <= panel.kendall.high
            assert (panel.kendall.point > 0.5) != maximize

    def test_axes(self) -> None:
        plot = draw(summary())
        assert plot is not None
        assert plot.name == "hardware_0"
        assert plot.caption.startswith("Measured raspi4_latency on digits201")
        left, right = plot.figure.axes
        assert left.get_ylabel() == "raspi4_latency (ms)"
        assert [axes.get_xlabel() for axes in (left, right)] == list(COUNTS.values())
        assert [left.get_yscale(), left.get_xscale(), right.get_xscale()] == ["log"] * 3
        assert all(axes.get_title().startswith("τ-b 0.") for axes in (left, right))
        for axes, panel in zip((left, right), panels_of(summary()), strict=True):
            assert axes.get_xlim()[0] < panel.x.min() < panel.x.max() < axes.get_xlim()[1]
            assert axes.get_ylim()[0] < panel.y.min() < panel.y.max() < axes.get_ylim()[1]

    def test_training_seconds_stand_in_the_table_and_were_not_measured_here(self) -> None:
        plot = draw(summary(metric="seconds"))
        assert plot is not None
        assert plot.caption.startswith("Tabulated seconds on digits201")
        assert table(summary(metric="seconds")).caption.startswith("Kendall τ-b of proxies with tabulated costs")
        both = table(summary(metric="seconds"), summary(1)).caption
        assert both.startswith("Kendall τ-b of proxies with measured and tabulated costs")

    def test_data(self) -> None:
        plot = draw(summary())
        assert plot is not None
        assert list(plot.data) == ["counted", "proxy", "arch", "count", "raspi4_latency (ms)"]
        assert plot.data.groupby("proxy").size().to_dict() == {"params": 59, "few FLOPs": 59}
        assert plot.hover is None

    def test_a_single_count_answers_to_a_mouse(self) -> None:
        plot = draw(summary(proxies=("few FLOPs", "forest")))
        assert plot is not None
        assert plot.hover is not None
        assert len(plot.figure.axes) == 1
        (trace,) = plot.hover["data"]
        assert len(trace["x"]) == 59
        assert trace["text"][7] == "architecture 8"

    @pytest.mark.parametrize("changes", [{"split": "test"}, {"proxies": ("forest",)}])
    def test_nothing_to_draw(self, changes: dict[str, Any]) -> None:
        assert draw(summary(**changes)) is None

    def test_a_folder_from_before_has_no_split(self) -> None:
        found = summary()
        truth = {key: value for key, value in found.study["truth"].items() if key != "split"}
        assert draw(found._replace(study=found.study | {"truth": truth})) is None


def table(*summaries: ProxySummary) -> Table:
    found = hardware_table(summaries)
    assert found is not None
    return found


class TestTable:
    def test_rows_are_proxies_and_columns_are_costs(self) -> None:
        found = table(summary(), summary(1, "fpga_latency"), summary(2, "test_accuracy", True, "test"))
        assert found.name == "hardware"
        assert [column.header for column in found.columns] == ["proxy", "raspi4_latency", "fpga_latency"]
        assert [column.key for column in found.columns][1:] == [
            f"kendall_tau_b_{n}_latency" for n in ("raspi4", "fpga")
        ]
        body, _ = cells(found)
        assert [row[0].text for row in body] == ["few FLOPs", "forest", "params"]
        assert [[cell.best for cell in row[1:]] for row in body] == [[True, True], [False, False], [False, False]]
        rows = {row.proxy: row.kendall for row in summary(1, "fpga_latency").rows}
        assert {str(row[0]): row[2] for row in found.rows} == rows
        assert rows["params"].point < -0.5

    def test_the_same_cost_on_other_data_and_a_proxy_that_one_lacks(self) -> None:
        other = summary(1, proxies=("params",))
        other = other._replace(study=other.study | {"benchmark": "more"})
        found = table(summary(), other)
        assert [column.header for column in found.columns][1:] == ["raspi4_latency, digits201", "raspi4_latency, more"]
        assert found.columns[1].key == "kendall_tau_b_raspi4_latency_digits201"
        assert found.caption == "Kendall τ-b of proxies with measured costs on digits201 and more."
        assert [isinstance(row[2], Missing) for row in found.rows] == [True, True, False]
        assert found.notes[-1] == "a: not among the proxies of this cost's study."
        assert len({column.header for column in table(summary(), summary(3)).columns}) == 3

    def test_the_best_in_the_mean_comes_first(self) -> None:
        one, other = summary(), summary(1, "fpga_latency")
        taus = {"few FLOPs": 0.1, "forest": 0.9, "params": 1.0}
        rows = [row._replace(kendall=row.kendall._replace(point=taus[row.proxy])) for row in other.rows]
        found = table(one, other._replace(rows=tuple(rows)))
        means = {str(row[0]): row[1].point + row[2].point for row in found.rows}  # type: ignore[union-attr]
        assert list(means) == sorted(means, key=lambda label: -means[label]) == ["forest", "few FLOPs", "params"]

    def test_of_some_costs_much_is_good(self) -> None:
        found = table(summary(), summary(1, "arithmetic_intensity", True))
        assert "Of arithmetic_intensity much is good: there 1 means the most." in found.notes

    def test_without_a_cost_there_is_none(self) -> None:
        assert hardware_table([summary(split="test")]) is None
        assert hardware_table([]) is None
