"""The command `nasgauge`. What a command needs is imported when it is called, so that `--help` answers at once."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from harness.errors import NasgaugeError

app = typer.Typer(
    name="nasgauge",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # half the time to start, and no box that breaks a path in the middle
    context_settings={"help_option_names": ["-h", "--help"]},
)

Workers = Annotated[int | None, typer.Option(help="Processes. [default: one per core]", min=1)]
Out = Annotated[Path | None, typer.Option(help="Folder to write to.")]


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"nasgauge {version('nasgauge')}")
        raise typer.Exit


@app.callback()
def nasgauge(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Compare search algorithms fairly, and measure how far a cheap estimate of quality can be trusted."""


@app.command()
def demo(out: Out = None, workers: Workers = None) -> None:
    """Compare searches and proxies on the embedded benchmark.

    Five searches and eight proxies, and a report: under a minute on two cores.
    """
    from harness.commands.run import run_and_report

    run_and_report(_shipped("demo.toml"), out, workers or _cores())


@app.command()
def run(
    file: Annotated[Path, typer.Argument(help="An experiment in TOML.")],
    out: Out = None,
    workers: Workers = None,
    device: Annotated[str | None, typer.Option(help="Where live benchmarks train: cpu, cuda, cuda:1.")] = None,
) -> None:
    """Run an experiment. Interrupt it, run it again, and it goes on where it was."""
    from harness.commands.run import run_file

    run_file(file, out, workers or _cores(), device)


@app.command()
def report(
    folder: Annotated[Path, typer.Argument(help="A results folder.")],
    out: Out = None,
) -> None:
    """Turn results into figures, tables and one page."""
    from harness.commands.report import write_report

    write_report(folder, out)


@app.command("list")
def list_(kind: Annotated[str | None, typer.Argument(help="algorithm, benchmark, proxy, ...")] = None) -> None:
    """List what there is, of every kind or of one."""
    from harness.commands.list import list_items

    list_items(kind)


@app.command()
def show(
    benchmark: Annotated[str, typer.Argument(help="A benchmark's name.")],
    arch: Annotated[str | None, typer.Argument(help="An architecture: its string or its index.")] = None,
    verify: Annotated[
        bool, typer.Option("--verify", help="Check every byte against the manifest's checksums.")
    ] = False,
) -> None:
    """Show a benchmark, or all it knows of one architecture."""
    from harness.commands.show import show_benchmark

    show_benchmark(benchmark, arch, verify)


importers = typer.Typer(no_args_is_help=True, help="Import a file as a benchmark: `nasgauge import table FILE ...`.")
app.add_typer(importers, name="import")

Columns = Annotated[
    list[str],
    typer.Option(
        "--column", help="COLUMN[*N|/N]=METRIC[@EPOCHS[/SCHEDULE][:SEED]]; without a seed, a mean over seeds."
    ),
]
Metrics = Annotated[list[str] | None, typer.Option("--metric", help="A new metric, NAME:UNIT:max|min:SPLIT.")]


@importers.command("table")
def import_table(
    file: Annotated[Path, typer.Argument(help="CSV or Parquet, one row per architecture.")],
    name: Annotated[str, typer.Option(help="What the benchmark is to be called.")],
    space: Annotated[str, typer.Option(help="The search space.")],
    column: Columns,
    arch: Annotated[str | None, typer.Option(help="The column of architecture strings.")] = None,
    index: Annotated[str | None, typer.Option(help="The column of official indices.")] = None,
    metric: Metrics = None,
    classes: Annotated[int | None, typer.Option(help="Add exact params and flops for so many classes.")] = None,
    dataset: Annotated[str | None, typer.Option(help="The registered data set it was trained on.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a table of this name.")] = False,
) -> None:
    """Import a table of your own: one row per architecture, any columns."""
    from harness.commands.import_table import import_file

    options = {"space": space, "columns": column, "arch": arch, "index": index, "metrics": metric or []}
    import_file("table", file, name, force, options | {"classes": classes, "dataset": dataset})


@app.command()
def mint(
    out: Annotated[Path, typer.Option(help="Folder for the table.")] = Path("digits201"),
    workers: Workers = None,
) -> None:
    """Make the embedded benchmark again from nothing.

    All 6,466 classes of cells are trained for real: that takes hours, and can be interrupted and run again.
    """
    from harness.commands.mint import mint_table

    mint_table(out, workers or _cores())


def main() -> None:
    """The entry point: an error of the user's is one message and exit code 2; an interrupt says how to go on.

    What is named `module:attribute` is looked for in the current folder too, however the command was started.
    """
    if not {"", str(Path.cwd())} & set(sys.path):
        sys.path.append(str(Path.cwd()))
    try:
        app(prog_name="nasgauge")
    except (NasgaugeError, OSError) as error:
        print(f"nasgauge: {_in_words(error)}", file=sys.stderr)
        sys.exit(2)
    except SystemExit as end:
        if end.code == INTERRUPTED:
            print("nasgauge: interrupted; the same command goes on where it was", file=sys.stderr)
        raise


INTERRUPTED = 130
"""The exit code after Ctrl-C."""


def _in_words(error: Exception) -> str:
    """The message; what the system refuses is named with its file."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _shipped(name: str) -> Path:
    return Path(__file__).parents[1] / "experiments" / name
