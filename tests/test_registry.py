import sys
from pathlib import Path

import pytest

from harness.errors import BadValue, UnknownName
from harness.registry import FOLDERS, load, names


@pytest.mark.parametrize("kind", sorted(FOLDERS))
def test_every_item_loads_by_its_name(kind: str, data: Path) -> None:
    found = names(kind)
    assert found
    for name in found:
        assert callable(load(kind, name))


def test_the_promised_items_are_there(data: Path) -> None:
    assert {"hyperband", "local_search", "random_search", "regularized_evolution", "successive_halving"} <= set(
        names("algorithm")
    )
    assert {
        "params",
        "flops",
        "synflow",
        "grad_norm",
        "jacob_cov",
        "reduced_epochs",
        "reduced_data",
        "random_forest",
    } <= set(names("proxy"))
    assert {"digits201", "digits_live", "synthetic"} <= set(names("benchmark"))


def test_an_unknown_name_suggests_the_nearest() -> None:
    with pytest.raises(UnknownName, match=r"no algorithm is called 'random_serch'. Did you mean 'random_search'\?"):
        load("algorithm", "random_serch")
    with pytest.raises(UnknownName, match=r"no kind is called 'algoritm'. Did you mean 'algorithm'"):
        names("algoritm")


def test_the_users_own_code_goes_by_module_and_attribute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "users_code.py").write_text("def mine():\n    return 42\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert load("benchmark", "users_code:mine")() == 42
    sys.modules.pop("users_code")
    with pytest.raises(BadValue, match=r"users_code:yours.*package\.module:attribute"):
        load("benchmark", "users_code:yours")
    with pytest.raises(BadValue, match=r"no_such_module"):
        load("benchmark", "no_such_module:x")


def test_entry_points_add_items(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "their_search.py").write_text("class Theirs:\n    pass\n")
    info = tmp_path / "their_package-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: their-package\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[nasgauge.algorithm]\ntheirs = their_search:Theirs\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert "theirs" in names("algorithm")
    assert load("algorithm", "theirs").__name__ == "Theirs"
