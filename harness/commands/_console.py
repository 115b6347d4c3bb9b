"""Progress and tables on the terminal."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

console = Console()


class Bar:
    """A progress bar with the time left; `update` takes what is done, what is wanted, and a word on the last step."""

    def __init__(self, progress: Progress, title: str) -> None:
        self._progress, self._title = progress, title
        self._task = progress.add_task(title, total=None)

    def update(self, done: int, total: int, what: str = "") -> None:
        """Show `done` of `total`."""
        title = f"{self._title} {what}".strip()
        self._progress.update(self._task, completed=done, total=total, description=title)


@contextmanager
def bar(title: str) -> Iterator[Bar]:
    """Show a progress bar while the block runs."""
    clocks = (MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    columns = (TextColumn("{task.description:36.36}"), BarColumn(), *clocks)
    with Progress(*columns, console=Console(stderr=True)) as progress:
        yield Bar(progress, title)


def print_table(title: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table; without a header it is a list of labels and texts, with one the numbers are right-aligned."""
    table = Table(title=title, title_justify="left", title_style="bold", show_header=any(header))
    for i, name in enumerate(header):
        table.add_column(name, justify="right" if i and name else "left", overflow="fold")
    for row in rows:
        table.add_row(*(str(cell) for cell in row))
    console.print(table)
