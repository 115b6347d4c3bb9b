"""The targets by name: the files of the folder `targets`."""

import pkgutil
from importlib import import_module
from types import ModuleType

from fuzz import targets


def names() -> list[str]:
    return sorted(module.name for module in pkgutil.iter_modules(targets.__path__) if module.name[0] != "_")


def target(name: str) -> ModuleType:
    return import_module(f"fuzz.targets.{name}")
