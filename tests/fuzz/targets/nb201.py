"""The file of NAS-Bench-201, whose pickle is in one of torch's two layouts."""

import pickle
from functools import cache
from typing import Any

import hostile
import numpy as np
from nats_factory import TSS, architecture

from fuzz.scratch import put
from fuzz.targets._job import job, remember, use
from tabular.importers.nb201 import nb201


@cache
def values() -> list[Any]:
    """An architecture with one training of each schedule."""
    content: dict[str, Any] = architecture(TSS, 0, np.random.default_rng(0))
    for results in content.values():
        trial = next(iter(results["all_results"]))
        results.update(all_results={trial: results["all_results"][trial]}, dataset_seed={trial[0]: [trial[1]]})
    plain: dict[str, Any] = pickle.loads(pickle.dumps(content))
    return [{"arch2infos": {0: {"full": plain["200"], "less": plain["12"]}}, "evaluated_indexes": [0]},
            {"arch2infos": {0: {"less": plain["12"]}}, "meta_archs": ["x"]}]  # fmt: skip


def pack(value: Any) -> bytes:
    return hostile.legacy(pickle.dumps(value, 2))


def seeds() -> list[bytes]:
    remember(TSS.space)
    every = [pickle.dumps(value, 2) for value in values()]
    return [*map(hostile.legacy, every), *(hostile.archive({"archive/data.pkl": one}) for one in every)]


def check(data: bytes) -> None:
    use(nb201(put("archive.pth", data), job()))
