"""Whether a manifest says what its readers rely on."""

from typing import Any

COMMON = ("benchmark", "space", "seeds", "hyper", "unit")
NEEDED = {
    "search": (*COMMON, "algorithms", "budget", "test", "workers", "trial", "optimum", "live", "random_search"),
    "proxy": (*COMMON, "proxies", "truth", "architectures", "unique", "maximize"),
}
"""What every study says, by its kind; later versions say more."""


def check_manifest(manifest: Any) -> None:
    """Raise `ValueError`, `KeyError` or `TypeError` when parts are missing."""
    for key in ("name", "version", "experiment"):
        manifest[key]
    for block in manifest["blocks"]:
        block["id"], block["kind"], block["study"]
    for study in manifest["studies"]:
        _check_study(study)


def _check_study(study: Any) -> None:
    number, kind = study["study"], study["kind"]
    if kind not in NEEDED:
        raise ValueError(f"study {number} is of kind {kind!r}; there are {' and '.join(NEEDED)}")
    missing = [key for key in NEEDED[kind] if key not in study]
    if missing:
        raise ValueError(f"study {number} lacks {', '.join(map(repr, missing))}")
