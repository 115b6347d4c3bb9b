"""Whether a manifest says what its readers rely on, and nothing that would lead them astray."""

from collections.abc import Mapping
from types import NoneType
from typing import Any

from harness.block_files import NAME

TEXT, WHOLE, TRUTH, LIST, TABLE = "text", "a whole number", "yes or no", "a list", "a table"
OPTIMUM, CURVE, AMOUNT = "a number or nothing", "a table or nothing", 'a whole number or "all"'
FORMS: dict[str, tuple[type, ...]] = {
    TEXT: (str,), WHOLE: (int,), TRUTH: (bool,), LIST: (list,), TABLE: (dict,),
    OPTIMUM: (int, float, NoneType), CURVE: (dict, NoneType), AMOUNT: (int, str),
}  # fmt: skip
"""What a value is in Python, by what it is called."""

COMMON = {"benchmark": TEXT, "space": TEXT, "seeds": WHOLE, "hyper": TABLE, "unit": TEXT}
NEEDED = {
    "search": COMMON | {
        "algorithms": LIST, "budget": TABLE, "test": TEXT, "workers": WHOLE, "trial": TEXT, "optimum": OPTIMUM,
        "live": TRUTH, "random_search": CURVE,
    },
    "proxy": COMMON | {
        "proxies": LIST, "truth": TABLE, "architectures": AMOUNT, "unique": TRUTH, "maximize": TRUTH,
    },
}  # fmt: skip
"""What every study says, by its kind, and in which form; later versions say more."""

DEEPEST = 50
"""How deeply a manifest is nested at most."""

STUDIES, SEEDS = 10**6, 10**7
"""Study numbers and numbers of seeds are below these."""


def check_manifest(manifest: Mapping[str, Any]) -> None:
    """Raise `ValueError`, `KeyError` or `TypeError` when parts are missing, or not of their form.

    Names of blocks and numbers of studies become parts of paths: they cannot lead out of the folder.
    """
    _check_values(manifest)
    _check_forms("the manifest", manifest, {"name": TEXT, "version": TEXT, "experiment": TABLE, "studies": LIST})
    _check_forms("the manifest", manifest, {"blocks": LIST})
    for study in manifest["studies"]:
        _check_study(study)
    kinds = {study["study"]: study["kind"] for study in manifest["studies"]}
    if len(kinds) < len(manifest["studies"]):
        raise ValueError("two studies have one number")
    for block in manifest["blocks"]:
        _check_block(block, kinds)
    if len({block["id"] for block in manifest["blocks"]}) < len(manifest["blocks"]):
        raise ValueError("two blocks have one name")


def _check_study(study: Any) -> None:
    _check_forms("a study", study, {"study": WHOLE, "kind": TEXT})
    number, kind = study["study"], study["kind"]
    if not 0 <= number < STUDIES:
        raise ValueError(f"a study has the number {number}; it is 0 to {STUDIES - 1}")
    if kind not in NEEDED:
        raise ValueError(f"study {number} is of kind {kind!r}; there are {' and '.join(NEEDED)}")
    missing = [key for key in NEEDED[kind] if key not in study]
    if missing:
        raise ValueError(f"study {number} lacks {', '.join(map(repr, missing))}")
    _check_forms(f"study {number}", study, NEEDED[kind])
    items = study["algorithms" if kind == "search" else "proxies"]
    if not all(isinstance(label, str) for label in items):
        raise ValueError(f"study {number} has a label that is no text")
    if not 1 <= study["seeds"] < SEEDS:
        raise ValueError(f"study {number} has {study['seeds']} seeds; it is 1 to {SEEDS - 1}")


def _check_block(block: Any, kinds: Mapping[int, str]) -> None:
    _check_forms("a block", block, {"id": TEXT, "kind": TEXT, "study": WHOLE})
    name = block["id"]
    if not NAME.fullmatch(name):
        raise ValueError(f"a block is called {name[:50]!r}; letters, digits, '.', '_' and '-' name one")
    if not isinstance(block.get("label", ""), str):
        raise ValueError(f"block {name} has a label that is no text")
    if kinds.get(block["study"]) != block["kind"]:
        raise ValueError(f"block {name} is of study {block['study']}, and no such {block['kind'][:20]} study is there")


def _check_forms(whose: str, value: Any, forms: Mapping[str, str]) -> None:
    if not isinstance(value, dict):
        raise ValueError(f"{whose} is no table")
    for key, form in forms.items():
        found = value[key]
        if not isinstance(found, FORMS[form]) or (isinstance(found, bool) and form != TRUTH):
            raise ValueError(f"{key!r} of {whose} is not {form}")


def _check_values(manifest: Any) -> None:
    """Raise `ValueError` where numbers do not fit into 64 bits, or parts are nested too deeply."""
    level = [manifest]
    for _ in range(DEEPEST):
        level = [part for value in level for part in _parts(value)]
        if any(isinstance(value, int) and abs(value) >= 2**63 for value in level):
            raise ValueError("a number has more than 64 bits")
        if not level:
            return
    raise ValueError("it is nested too deeply")


def _parts(value: Any) -> list[Any]:
    return list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
