"""How results were made: versions, studies, the benchmarks' checksums and makers, and the commands that repeat it."""

import shlex
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from reports.page.environment import environment_terms
from reports.page.toml import to_toml
from reports.words import budget_text

Manifest = Mapping[str, Any]
Terms = list[tuple[str, str]]
Numbers = Mapping[tuple[int, int], int]
"""The number in the report of each study, by the place of its folder and its own number there."""


class Source(NamedTuple):
    """A benchmark or data set: its name, and what is known of it: fingerprint, who made it, licence, checksums."""

    benchmark: str
    terms: Terms


class Made(NamedTuple):
    """What the page says of one results folder; what its manifest lacks is missing here too."""

    name: str
    environment: Terms
    studies: list[tuple[str, Terms]]
    left_out: list[str]
    sources: list[Source]
    images: list[Source]
    toml: str
    commands: str


def provenance(manifests: Sequence[Manifest], numbers: Numbers) -> list[Made]:
    """The folders in their order; their studies have the numbers of the report."""
    return [
        _made(manifest, [
            study | {"study": numbers[place, study["study"]]}
            for study in manifest.get("studies", []) if (place, study["study"]) in numbers
        ])
        for place, manifest in enumerate(manifests)
    ]  # fmt: skip


def again(manifests: Sequence[Manifest]) -> str:
    """The command that reports several folders together; empty for a single one, which has its own."""
    folders = [_folder(manifest) for manifest in manifests]
    return f"nasgauge report {' '.join(folders)} --out report" if len(folders) > 1 else ""


def _made(manifest: Manifest, studies: list[dict[str, Any]]) -> Made:
    name = str(manifest["name"])
    file = shlex.quote(f"{name}.toml")
    return Made(
        name=name,
        environment=environment_terms(manifest),
        studies=[(f"Study {study['study']}", _study(study)) for study in studies],
        left_out=[str(why) for why in manifest.get("left_out", [])],
        sources=_sources(studies),
        images=_images(manifest),
        toml=to_toml(manifest.get("experiment", {})),
        commands=f"nasgauge run {file}\nnasgauge report {_folder(manifest)}",
    )


def _folder(manifest: Manifest) -> str:
    return shlex.quote(f"results/{manifest['name']}")


def _study(study: Mapping[str, Any]) -> Terms:
    """What was asked, as far as the manifest tells."""
    what = {"search": "search", "proxy": "proxies"}.get(study.get("kind", ""), "")
    terms = {
        "what": what,
        "benchmark": study.get("benchmark"),
        "compared": len(study.get("algorithms", study.get("proxies", ()))) or None,
        "seeds": _seeds(study),
        "budget per run": budget_text(study) if "budget" in study else None,
        "workers": study.get("workers"),
        "trial": study.get("trial"),
        "architectures per seed": study.get("architectures"),
        "objective": ", ".join(study.get("objectives", [study["objective"]] if "objective" in study else [])),
        "judged by": study["truth"]["metric"] if "truth" in study else study.get("test"),
    }
    return [(key, f"{value:,}" if isinstance(value, int) else str(value)) for key, value in terms.items() if value]


def _seeds(study: Mapping[str, Any]) -> str:
    """Which seeds: 100 (0 to 99)."""
    count, first = study.get("seeds"), study.get("first_seed")
    if count is None or first is None:
        return "" if count is None else f"{count:,}"
    return f"{count:,} ({first} to {first + count - 1})" if count > 1 else f"1 ({first})"


def _sources(studies: list[dict[str, Any]]) -> list[Source]:
    """Each benchmark once, with the options that it was read with."""
    found: list[Source] = []
    for study in studies:
        options = {key: value for key, value in study.get("source", {}).items() if key != "name"}
        terms = {"fingerprint": study.get("fingerprint"), **options, **study.get("provenance", {})}
        source = Source(str(study.get("benchmark", "")), [(key, str(value)) for key, value in terms.items() if value])
        if source.benchmark and source not in found:
            found.append(source)
    return found


def _images(manifest: Manifest) -> list[Source]:
    """The data sets whose images were looked at, each with its checksum."""
    found = manifest.get("datasets")
    datasets = found if isinstance(found, dict) else {}
    return [Source(str(name), [("sha256", str(checksum))]) for name, checksum in datasets.items()]
