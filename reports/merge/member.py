"""The studies of several folders, each with a name for its folder that tells them apart."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from harness.results import Results
from reports.numbers import listed

ITEMS = {"search": "algorithms", "proxy": "proxies"}
"""Where a study of each kind lists what it compares."""

COLUMN = {"search": "algorithm", "proxy": "proxy"}
"""Where records and scores name it."""


class Member(NamedTuple):
    """A study of one folder; `place` is the folder's among those given, `name` what the report calls the folder."""

    results: Results
    study: dict[str, Any]
    place: int
    name: str

    @property
    def kind(self) -> str:
        """What it compares: "search" or "proxy"."""
        return str(self.study["kind"])

    @property
    def labels(self) -> list[str]:
        """The labels of what it compares."""
        return list(self.study[ITEMS[self.kind]])

    @property
    def seeds(self) -> frozenset[int]:
        """The seeds that it asked for."""
        first = self.study.get("first_seed", 0)
        return frozenset(range(first, first + self.study["seeds"]))


def members_of(results: Sequence[Results]) -> list[Member]:
    """All studies in the order of the folders; a folder goes by its experiment's name."""
    names = folder_names(results)
    return [
        Member(one, study, place, names[place])
        for place, one in enumerate(results)
        for study in one.manifest["studies"]
    ]


def folder_names(results: Sequence[Results]) -> list[str]:
    """The names of the experiments, with the folder's number where two have the same one."""
    names = [str(one.manifest["name"]) for one in results]
    return [f"{name}, folder {i}" if names.count(name) > 1 else name for i, name in enumerate(names, start=1)]


def version_notes(results: Sequence[Results]) -> list[str]:
    """A sentence where the results were not all made with one version of nasgauge."""
    return mixed_versions(dict(zip(folder_names(results), results, strict=True)))


def mixed_versions(folders: Mapping[str, Results]) -> list[str]:
    """As `version_notes`, of folders by the names that they go by."""
    versions: dict[str, list[str]] = {}
    for name, one in folders.items():
        versions.setdefault(str(one.manifest["version"]), []).append(name)
    if len(versions) < 2:
        return []
    made = "; ".join(f"{version} made {listed(names)}" for version, names in versions.items())
    return [f"The results are of different versions of nasgauge: {made}."]
