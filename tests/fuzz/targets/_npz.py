"""An archive of arrays as an input: the file as it is, or one array in it; the first byte says which."""

import io
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import hostile
import numpy as np
from numpy.typing import NDArray

from fuzz.scratch import put


def members_of(arrays: Mapping[str, NDArray[np.generic]]) -> dict[str, bytes]:
    """The files of an archive."""
    found = {}
    for name, array in arrays.items():
        file = io.BytesIO()
        np.save(file, array)
        found[f"{name}.npy"] = file.getvalue()
    return found


def seeds_of(members: Mapping[str, bytes]) -> list[bytes]:
    """Each of its files, then the archive whole."""
    return [*(bytes([place]) + one for place, one in enumerate(members.values())), b"\xff" + hostile.archive(members)]


@contextmanager
def written(name: str, data: bytes, members: Mapping[str, bytes]) -> Iterator[Path]:
    """The archive that an input is, while what numpy and Python say of odd headers is not heard."""
    place = (data or b"\0")[0]
    changed = {member: data[1:] if k == place else one for k, (member, one) in enumerate(members.items())}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield put(name, data[1:] if place >= len(changed) else hostile.archive(changed))
