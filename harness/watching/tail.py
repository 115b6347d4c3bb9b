"""A file that another process appends lines to."""

from pathlib import Path


class Tail:
    """Gives each line once, when it is whole: one that is being written waits for its end."""

    def __init__(self, path: Path) -> None:
        self._path, self._read = path, 0

    def lines(self) -> list[str]:
        """The whole lines since the last call, from the start again when the file is another, shorter one."""
        try:
            with self._path.open("rb") as file:
                if file.seek(0, 2) < self._read:
                    self._read = 0
                file.seek(self._read)
                content = file.read()
        except OSError:
            return []
        whole = content[: content.rfind(b"\n") + 1]
        self._read += len(whole)
        return whole.decode("utf-8", errors="replace").split("\n")[:-1]
