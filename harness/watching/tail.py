"""A file that another process appends lines to."""

from pathlib import Path

from harness.files import unlinked

MOST = 1 << 23
"""Bytes that are read at a time; what is behind them waits for the next call."""


class Tail:
    """Gives each line once, when it is whole: one that is being written waits for its end.

    A link, a pipe or a device has no lines. Of a line of more than `MOST` bytes only the end is given.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._read = path, 0

    def lines(self) -> list[str]:
        """The next whole lines since the last call, from the start again when the file is another, shorter one."""
        try:
            with open(self._path, "rb", opener=unlinked) as file:
                if file.seek(0, 2) < self._read:
                    self._read = 0
                file.seek(self._read)
                content = file.read(MOST)
        except OSError:
            return []
        whole = content[: content.rfind(b"\n") + 1]
        self._read += len(whole or content) if len(content) == MOST else len(whole)
        return whole.decode("utf-8", errors="replace").split("\n")[:-1]
