"""Folders of NATS-Bench: an architecture's file, or the list of all; the first byte says which, and of which space."""

import bz2
import pickle
from functools import cache
from typing import Any

import numpy as np
from nats_factory import SSS, TSS, architecture

from fuzz.scratch import empty, put, scratch
from fuzz.targets._job import job, remember, use
from tabular.importers.nats_sss import nats_sss
from tabular.importers.nats_tss import nats_tss

READERS = (nats_tss, nats_sss)


@cache
def values() -> list[Any]:
    found = []
    for place, form in enumerate((TSS, SSS)):
        content: dict[str, Any] = architecture(form, 0, np.random.default_rng(0))
        for results in content.values():
            trial = next(iter(results["all_results"]))
            results.update(all_results={trial: results["all_results"][trial]}, dataset_seed={trial[0]: [trial[1]]})
        found.append([place, pickle.loads(pickle.dumps(content))])
    return found


def pack(value: Any) -> bytes:
    place, content = value
    return bytes([place]) + pickle.dumps(content, 2)


def seeds() -> list[bytes]:
    for form in (TSS, SSS):
        remember(form.space)
    metas = [bytes([2 + k]) + pickle.dumps({"meta_archs": ["x"], "total_archs": 1}) for k in range(2)]
    raw = [bytes([4 + k]) + bz2.compress(pack([0, content])[1:]) for k, (_, content) in enumerate(values())]
    return [*map(pack, values()), *metas, *raw]


def check(data: bytes) -> None:
    """An architecture's pickle (0, 1), that of the list (2, 3), or an architecture's file as it is packed (4, 5)."""
    kind = (data or b"\0")[0] % 6
    empty("cells")
    content = data[1:] if kind > 3 else bz2.compress(data[1:], 1)
    put("cells/meta.pickle.pbz2" if kind in (2, 3) else "cells/000000.pickle.pbz2", content)
    if kind in (2, 3):
        put("cells/000001.pickle.pbz2", b"")
    use(READERS[kind % 2](scratch() / "cells", job()))
