"""Where the rooms meet: items are found by name, by looking into folders, entry points, or the user's own module.

An item is a file whose name is its name everywhere. The file defines either a class called like the file in CamelCase
or a function called like the file. Nothing is imported before it is asked for, and what a file names as
`module:attribute` only when its module is trusted (`harness.trust`).
"""

import importlib
import inspect
import pkgutil
import sys
from collections.abc import Callable
from functools import cache, lru_cache, partial
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Unpack, get_args, get_origin

from harness.errors import BadValue, unknown
from harness.trust import Untrusted, check_code, installed, trusts_module

FOLDERS: dict[str, tuple[str, ...]] = {
    "acquisition": ("harness.acquisitions",),
    "algorithm": ("harness.algorithms",),
    "benchmark": ("harness.benchmarks", "tabular.benchmarks"),
    "dataset": ("harness.datasets",),
    "encoding": ("harness.encodings",),
    "importer": ("tabular.importers",),
    "proxy": (
        "proxies.given",
        "proxies.hardware",
        "proxies.low_fidelity",
        "proxies.zero_cost",
        "proxies.predictors",
        "proxies.weight_sharing",
        "proxies.weight_inheritance",
    ),
    "space": ("harness.spaces",),
    "wrapper": ("harness.wrappers",),
}
"""The kinds of items, and the packages whose modules are items of that kind."""

PATHS: dict[str, tuple[str, str]] = {"dataset": (".npz", "harness.datasets._own:own")}
"""By kind: how the names of a user's own files end, and the function that makes the item of a path."""

SHELVES: dict[str, str] = {"benchmark": "tabular.library:imported"}
"""Functions that return further items of a kind by name: things that are data and not code."""

TYPES: dict[str, str] = {
    "algorithm": "harness.core:Algorithm",
    "benchmark": "harness.core:Benchmark",
    "dataset": "harness.live.dataset:Dataset",
    "lineage": "harness.algorithms._lineage:Lineage",
    "proxy": "harness.core:Proxy",
    "space": "harness.core:SearchSpace",
    "wrapper": "harness.core:Algorithm",
}
"""By kind: what a class of the user's own must be to be called; of kinds that are not here, items are functions."""

Item = Callable[..., Any]


def names(kind: str) -> list[str]:
    """The names of all items of a kind, sorted."""
    return sorted({*_files(kind), *_plugins(kind), *_shelf(kind)})


def load(kind: str, name: str) -> Item:
    """Return the class or function that goes by `name`; `module:attribute` names something in the user's own code.

    A data set may be named by its path too: a folder, written with a slash, or a file of arrays. Names may come from
    files: `Untrusted` where `harness.trust` does not allow the code.
    """
    if kind in PATHS and ("/" in name or name.endswith(PATHS[kind][0])):
        return partial(own(PATHS[kind][1]), name)
    if ":" in name:
        return _of_user(kind, name)
    files = _files(kind)
    if name in files:
        module = importlib.import_module(f"{files[name]}.{name}")
        for attribute in (name, "".join(part.capitalize() for part in name.split("_"))):
            if hasattr(module, attribute):
                item: Item = getattr(module, attribute)
                return item
        raise BadValue(f"{module.__file__} defines neither a class nor a function called like the file")
    plugins = _plugins(kind)
    if name in plugins:
        return own(plugins[name])
    shelf = _shelf(kind)
    if name in shelf:
        return shelf[name]
    raise unknown(kind, name, names(kind))


def own(path: str) -> Item:
    """Something of any room by `package.module:attribute`: for names that stand in our code and never in a file."""
    module, attribute = _parts(path)
    try:
        item: Item = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise BadValue(f"cannot load {path!r}: {error}; write it as package.module:attribute") from error
    return item


def accepts(kind: str, name: str, option: str) -> bool:
    """Whether the item takes an option of this name, and says so."""
    return option in (options_of(load(kind, name)) or ())


def options_of(item: Item) -> list[str] | None:
    """The names of the parameters of an item, those of `**options: Unpack[...]` too; None where it does not tell."""
    try:
        parameters = inspect.signature(item).parameters.values()
    except (TypeError, ValueError):
        return None
    found: list[str] = []
    for parameter in parameters:
        if parameter.kind is parameter.VAR_KEYWORD:
            if get_origin(parameter.annotation) is not Unpack:
                return None
            found += get_args(parameter.annotation)[0].__annotations__
        elif parameter.kind is not parameter.VAR_POSITIONAL:
            found.append(parameter.name)
    return found


@cache
def _files(kind: str) -> dict[str, str]:
    """Name to package, for every module in the kind's folders."""
    if kind not in FOLDERS:
        raise unknown("kind", kind, FOLDERS)
    found = {}
    for package in FOLDERS[kind]:
        spec = find_spec(package)
        folders = spec.submodule_search_locations if spec else None
        for module in pkgutil.iter_modules(folders or []):
            if not module.name.startswith("_"):
                found[module.name] = package
    return found


def _plugins(kind: str) -> dict[str, str]:
    """What installed packages add; what merely lies in the current folder is none of them."""
    return {one: code for one, code, place in _points(kind, tuple(sys.path)) if place is None or installed(place)}


@lru_cache(maxsize=64)
def _points(kind: str, path: tuple[str, ...]) -> tuple[tuple[str, str, Path | None], ...]:
    """Name, code, and the folder of packages, of all that is found on Python's search path, trusted or not."""
    points = entry_points(group=f"nasgauge.{kind}")
    return tuple((one.name, one.value, Path(str(one.dist.locate_file(""))) if one.dist else None) for one in points)


def _shelf(kind: str) -> dict[str, Item]:
    if kind not in SHELVES:
        return {}
    shelf: dict[str, Item] = own(SHELVES[kind])()
    return shelf


def _of_user(kind: str, name: str) -> Item:
    """What the user's module defines, refused before it is called when it cannot be an item of the kind."""
    _parts(name)
    check_code(name)
    item = own(name)
    if not callable(item):
        raise BadValue(f"{name} is no {kind}: it is no class and no function, but of the type {type(item).__name__}")
    if isinstance(item, type):
        wanted = TYPES.get(kind)
        if wanted is None or not issubclass(item, own(wanted)):  # type: ignore[arg-type]
            what = "a function" if wanted is None else f"a function, or a class made from {wanted.replace(':', '.')}"
            raise BadValue(f"{name} is no {kind}: it is a class of another kind; give {what}")
    elif inspect.isroutine(item) and not trusts_module(found := item.__module__ or ""):
        raise Untrusted(f"{name} is a function of {found}; if you know what it does, allow it with --trust {found}")
    return item


def _parts(path: str) -> tuple[str, str]:
    """The module and its attribute."""
    module, _, attribute = path.partition(":")
    if not all(part.isidentifier() for part in (*module.split("."), attribute)):
        raise BadValue(f"{path!r} names nothing: write it as package.module:attribute")
    return module, attribute
