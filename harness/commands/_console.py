"""Progress and tables on the terminal."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from harness.visible import visible

console = Console(markup=False, emoji=False, highlight=False)
"""Prints what it is given: a bracket in a name is a bracket. Text that may be a file's goes through `say`."""


def say(text: str) -> None:
    """Print a line, however long, with control characters written out."""
    console.print(visible(text), soft_wrap=True)


class Bar:
    """A progress bar with the time left; it shows itself with the first `update`, not when there is nothing to do yet.

    `update` takes what is done, what is wanted, and a word on the last step.
    """

    def __init__(self, progress: Progress, title: str) -> None:
        self._progress, self._title = progress, title
        self._task = progress.add_task(visible(title), total=None)

    def update(self, done: int, total: int, what: str = "") -> None:
        """Show `done` of `total`."""
        title = visible(f"{self._title} {what}".strip())
        self._progress.update(self._task, completed=done, total=total, description=title)
        self._progress.start()


@contextmanager
def bar(title: str) -> Iterator[Bar]:
    """Show a progress bar while the block runs."""
    clocks = (MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    columns = (TextColumn("{task.description:36.36}", markup=False), BarColumn(), *clocks)
    progress = Progress(*columns, console=Console(stderr=True))
    try:
        yield Bar(progress, title)
    except BaseException:
        progress.live.transient = True  # what went wrong is said alone, without even an empty line
        progress.live.stop()
        raise
    finally:
        if progress.live.is_started:
            progress.stop()


LABEL = 36
"""Longer labels are broken, so that the columns beside them are not."""


def print_table(title: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table; without a header it is a list of labels and texts, with one the numbers are right-aligned."""
    table = Table(title=visible(title), title_justify="left", title_style="bold", show_header=any(header))
    cells = [[visible(str(cell)) for cell in row] for row in rows]
    short = max((len(row[0]) for row in cells), default=0) <= LABEL
    for i, name in enumerate(header):
        table.add_column(
            visible(name), justify="right" if i and name else "left", overflow="fold", no_wrap=not i and short
        )
    for row in cells:
        table.add_row(*row)
    console.print(table)
