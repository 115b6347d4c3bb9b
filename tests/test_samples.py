import json

import numpy as np
import pandas as pd
import pytest
from reports_factory import fabricate, write_folder

from harness.commands.samples import print_samples
from harness.errors import BadValue
from harness.results import load
from harness.statistics.sample_size import sample_size, sample_size_for


@pytest.fixture
def folder(tmp_path):
    write_folder(fabricate(algorithms=(), proxies=("params", "synflow"), seeds=2), tmp_path)
    return tmp_path


def rows_of(printed):
    return {
        line.split("│")[1].strip(): [cell.strip() for cell in line.split("│")[2:-1]] for line in printed if "│" in line
    }


def test_each_proxy_of_a_folder(folder, capsys):
    print_samples(folder, 0.05, None)
    rows = rows_of(capsys.readouterr().out.splitlines())
    scores = load(folder).scores
    for proxy in ("params", "synflow"):
        parts = [part for _, part in scores[scores["proxy"] == proxy].groupby("seed")]
        needed = [sample_size(part["score"], part["truth"], 0.05) for part in parts]
        n, tau, interval, last = rows[proxy]
        assert (n, last) == ("120", str(int(np.ceil(np.mean(needed)))))
        assert 0.2 < float(tau) < 0.5
        assert 0.05 < float(interval.removeprefix("+-")) < 0.2


def test_a_truth_to_be_minimised_counts_the_other_way(folder, capsys):
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["studies"][0]["maximize"] = False
    (folder / "manifest.json").write_text(json.dumps(manifest))
    print_samples(folder, 0.05, None)
    assert float(rows_of(capsys.readouterr().out.splitlines())["synflow"][1]) < -0.2


def test_constant_scores_say_so(folder, capsys):
    path = folder / "proxy" / "proxy.parquet"
    pd.read_parquet(path).assign(score=1.0).to_parquet(path)
    print_samples(folder, 0.05, None)
    assert rows_of(capsys.readouterr().out.splitlines())["synflow"] == ["120", "undefined", "-", "-"]


def test_expected_correlation(capsys):
    print_samples(None, 0.02, 0.6)
    rows = rows_of(capsys.readouterr().out.splitlines())
    assert rows["kendall"][:2] == ["0.6", str(sample_size_for(0.6, 0.02))]
    assert rows["spearman"][1] == str(sample_size_for(0.6, 0.02, statistic="spearman"))
    assert rows["kendall"][2:] == ["+-0.0283", "+-0.0141"]


@pytest.mark.parametrize("both", [True, False])
def test_either_a_folder_or_a_correlation(both, folder):
    with pytest.raises(BadValue, match="either a results folder"):
        print_samples(folder if both else None, 0.02, 0.6 if both else None)


def test_without_proxies(tmp_path):
    write_folder(fabricate(algorithms=("random_search",), proxies=(), runs=2, steps=3), tmp_path)
    with pytest.raises(BadValue, match="no scores of proxies"):
        print_samples(tmp_path, 0.02, None)


@pytest.mark.parametrize("half_width", [0, 1.5])
def test_bad_half_width(half_width, folder):
    with pytest.raises(BadValue, match="half_width"):
        print_samples(folder, half_width, None)
