"""How importers are called here."""

from functools import cache

from fuzz.scratch import empty
from harness.core import SearchSpace
from tabular.content import Content, check_values
from tabular.job import Job


def job() -> Job:
    """A scratch folder of its own, one worker, and no word of progress."""
    return Job(empty("job"), 1, lambda done, total: None)


@cache
def remember(space: SearchSpace) -> None:
    """Have the catalogue at hand, and the text of each architecture: importers ask for thousands, each time."""
    catalogue = space.catalogue()
    texts = {arch: space.encode(arch) for arch in catalogue.archs}
    for name, method in (("encode", lambda self, arch: texts[arch]), ("catalogue", lambda self: catalogue)):
        setattr(type(space), name, method)


def use(contents: dict[str, Content]) -> None:
    """Go through what an importer has read, as writing it does."""
    for content in contents.values():
        height = None
        for values in content.columns:
            height = len(values.values) if height is None else height
            fidelities = 1 if values.fidelities is None else len(values.fidelities)
            check_values(values, (height, fidelities, 1 if values.seeds is None else len(values.seeds)))
