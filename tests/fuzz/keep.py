"""What was found, in files: an input, and beside it what is wrong."""

import os
from pathlib import Path

from fuzz.attempt import Finding


class Keeper:
    """Keeps of each fault the shortest input, as TARGET-FAULT.bin, with the traceback in TARGET-FAULT.txt."""

    def __init__(self, folder: Path, target: str) -> None:
        self._folder, self._target = folder.absolute(), target
        self._current = os.open(self._folder / f"{target}.current", os.O_CREAT | os.O_RDWR)
        self._sizes: dict[str, int] = {}

    def current(self, data: bytes) -> None:
        """The input that is being tried."""
        os.ftruncate(self._current, 0)
        os.pwrite(self._current, data, 0)

    def keep(self, finding: Finding | None, data: bytes) -> None:
        """Write it down unless a shorter input did the same."""
        if finding and len(data) < self._sizes.get(finding.where, 1 << 62):
            self._sizes[finding.where] = len(data)
            path = self._folder / f"{self._target}-{finding.name}"
            path.with_suffix(".bin").write_bytes(data)
            path.with_suffix(".txt").write_text(f"{finding.where}\n\n{finding.details}", "utf-8", "backslashreplace")
