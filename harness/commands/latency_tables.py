"""What `nasgauge latency` does and prints."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from harness.commands._console import bar, print_table, say
from harness.errors import BadValue
from harness.files import refuse_unwritable
from harness.latency.check import check_table
from harness.latency.clock import Clock
from harness.latency.measure import measure_table
from harness.latency.study import Wanted, beside, measure_study
from harness.latency.table import LatencyTable, Timing, read_table, write_table

HEADER = ("place", "times", "us", "95 % interval")


def measure_operations(out: Path, dataset: str, space: str, clock: Mapping[str, Any]) -> None:
    """Measure a table, write it, and print it."""
    if space != "nb201":
        raise BadValue(f"space {space!r} has no networks to be timed: give nb201")
    refuse_unwritable(out)
    with bar("latency") as progress:
        table = measure_table(dataset, Clock(**clock), progress.update)
    write_table(table, out)
    print_table(f"{dataset}, {table.about['clock']['device']}", HEADER, _rows(table))
    say(f"table: {out}")


def measure_networks(out: Path, wanted: tuple[str, int, int], clock: Mapping[str, Any]) -> None:
    """Measure architectures into a CSV file, and say how it becomes a benchmark."""
    asked = Wanted(*wanted)
    refuse_unwritable(out)
    with bar("latency") as progress:
        frame = measure_study(out, asked, Clock(**clock), progress.update)
    low, high = frame["latency_ms"].min(), frame["latency_ms"].max()
    say(f"{len(frame)} architectures, {low:.3g} to {high:.3g} ms; {beside(out)} says how they were measured")
    say(
        f"a benchmark: nasgauge import table {out} --name NAME --space nb201 --dataset {asked.dataset} "
        "--arch arch --column latency_ms=latency@1:0"
    )


def check_file(file: Path, architectures: int, seed: int) -> None:
    """Print how well a table agrees with whole networks."""
    table = read_table(file)
    with bar("latency") as progress:
        found = check_table(table, architectures, seed, progress.update)
    rows = [
        ("Kendall's tau", f"{found.tau:.3f}"),
        ("Spearman's rho", f"{found.rho:.3f}"),
        ("mean relative error", f"{found.error:.1%}"),
        ("mean of prediction / measurement - 1", f"{found.bias:+.1%}"),
    ]
    print_table(f"{file.name}: {architectures} architectures", ("", ""), rows)


def _rows(table: LatencyTable) -> Iterator[tuple[str, ...]]:
    for name, timing in table.fixed.items():
        yield _row(name, 1, timing)
    for k, times in enumerate(table.stages, 1):
        cells = times.stage.cells
        for name, timing in {"cell": times.cell, "add": times.add, **times.operations}.items():
            yield _row(f"stage {k} {name}", cells, timing)


def _row(name: str, cells: int, timing: Timing) -> tuple[str, ...]:
    middle, low, high = (f"{1000 * value:.1f}" for value in timing[:3])
    return name, str(cells), middle, f"{low} to {high}"
