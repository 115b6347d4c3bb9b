"""Words of the user's own for a report, from a small TOML: its title, captions, names, and what ± stands for."""

import difflib
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, get_args

from harness.errors import BadValue, UnknownName, unknown
from harness.experiment.lines import line_of
from harness.experiment.values import as_toml
from harness.toml_file import read_toml

Spread = Literal["interval", "std"]
NOTHING: Mapping[str, str] = MappingProxyType({})
BASELINE = "random_search"
"""Drawn in a grey of its own, so that it takes no colour from the others."""


class Wording(NamedTuple):
    """What a report says in the user's words.

    `names` are shown instead of labels of algorithms and proxies and of names of benchmarks, `captions` below the
    figures and tables of those names; names in `elsewhere` are of other reports. `spread` is what stands behind ±: a
    95 % interval of the mean, or the standard deviation over runs.
    """

    title: str | None = None
    names: Mapping[str, str] = NOTHING
    captions: Mapping[str, str] = NOTHING
    spread: Spread = "interval"
    elsewhere: tuple[str, ...] = ()

    def caption(self, name: str, ours: str) -> str:
        """The user's caption of a figure or table, else ours."""
        return self.captions.get(name, ours)


PLAIN = Wording()
"""Everything as it is called in the experiments."""


def read_wording(path: Path) -> Wording:
    """Read and check a file of words; a `BadValue` says what is wrong, in which line, and what is allowed."""
    text, raw = read_toml(path)
    try:
        return _wording(raw)
    except _Wrong as wrong:
        raise BadValue(f"{path}, line {line_of(text, wrong.place)}: {wrong}") from None


def ordered(labels: Iterable[str], wording: Wording) -> list[str]:
    """The labels in the order in which they take colours: first the names that the user lists, whether here or not.

    So one file of words gives the same colours in every report. Random search, which has a grey of its own, takes
    none away where it is not there.
    """
    here = list(labels)
    listed = [shown for name, shown in wording.names.items() if name != BASELINE or shown in here]
    return list(dict.fromkeys([*listed, *here]))


def check_captions(wording: Wording, names: Collection[str]) -> None:
    """Raise `UnknownName` for a caption of what is neither among the report's figures and tables nor elsewhere."""
    for name in wording.captions:
        if name not in names and name not in wording.elsewhere:
            raise UnknownName(f"captions: {unknown('figure or table of this report', name, names)}{_elsewhere(name)}")


def check_names(wording: Wording, known: Collection[str], used: Collection[str]) -> None:
    """Raise `UnknownName` for a name that is not `used`, and of which nothing else is known."""
    for name in wording.names:
        if name not in used and name not in wording.elsewhere and not _is_item(name):
            what = unknown("algorithm, proxy or benchmark of this report", name, known)
            raise UnknownName(f"names: {what}{_elsewhere(name)}")


def _elsewhere(name: str) -> str:
    return f" If it is another report's, write elsewhere = [{as_toml(name)}] at the top of the file."


def _is_item(name: str) -> bool:
    """Whether it is the name of an algorithm, proxy or benchmark that other reports may have."""
    from harness.registry import names  # it looks into folders, which takes longer than all else here

    return any(name in names(kind) for kind in ("algorithm", "proxy", "benchmark"))


class _Wrong(Exception):  # noqa: N818
    """What is wrong, and the keys that lead there."""

    def __init__(self, message: str, *place: str) -> None:
        super().__init__(message)
        self.place = place


def _wording(raw: Mapping[str, Any]) -> Wording:
    for key in raw:
        if key not in Wording._fields:
            near = difflib.get_close_matches(key, Wording._fields, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise _Wrong(f"unknown key {key!r}.{hint} Allowed here: {', '.join(Wording._fields)}.", key)
    return Wording(
        title=_text(raw["title"], "title") if "title" in raw else None,
        names=_distinct(_texts(raw, "names")),
        captions=_texts(raw, "captions"),
        spread=_spread(raw.get("spread", "interval")),
        elsewhere=_list(raw.get("elsewhere", [])),
    )


def _texts(raw: Mapping[str, Any], key: str) -> Mapping[str, str]:
    table = raw.get(key, {})
    if not isinstance(table, dict):
        raise _Wrong(f'{key} = {as_toml(table)}: give a table: a line [{key}], and below it name = "text"', key)
    return MappingProxyType({name: _text(value, key, name) for name, value in table.items()})


def _text(value: Any, *place: str) -> str:
    where = ".".join(place)
    if isinstance(value, dict):
        raise _Wrong(f"{where} is a table: put a name with dots or brackets in quotes", *place)
    if not isinstance(value, str) or not value.strip():
        raise _Wrong(f'{where} = {as_toml(value)}: give a text, "x"', *place)
    return value.strip()


def _distinct(names: Mapping[str, str]) -> Mapping[str, str]:
    """Refuse two names that would look the same."""
    first: dict[str, str] = {}
    for name, shown in names.items():
        if first.setdefault(shown, name) != name:
            raise _Wrong(f"names: {first[shown]!r} and {name!r} would both be called {shown!r}", "names", name)
    return names


def _spread(value: Any) -> Spread:
    if value not in get_args(Spread):
        raise _Wrong(f'spread = {as_toml(value)}: give "interval" or "std"', "spread")
    spread: Spread = value
    return spread


def _list(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise _Wrong(f'elsewhere = {as_toml(value)}: give a list of names, ["x", "y"]', "elsewhere")
    return tuple(value)
