"""Where an imported table comes from, in words."""

from pathlib import Path

from tabular.releases import digests, identify


def origin(kind: str, path: Path, source: str, **more: str) -> dict[str, str]:
    """The provenance of a table read from a file: its benchmark, checksum and release, and what else is to be said."""
    sums = digests(path)
    release = identify(kind, path, sums)
    return {"source": source, "file": f"{path.name}, sha256 {sums['sha256']}", "release": release, **more}
