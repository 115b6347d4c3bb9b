"""The command `nasgauge`. What a command needs is imported when it is called, so that `--help` answers at once."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from harness.commands.importers import app as importers
from harness.commands.latency import app as latency
from harness.commands.options import Trusted, Workers
from harness.cores import cores
from harness.errors import NasgaugeError

app = typer.Typer(
    name="nasgauge",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # half the time to start, and no box that breaks a path in the middle
    context_settings={"help_option_names": ["-h", "--help"]},
)

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
    from harness.trust import trust

    file = _shipped("demo.toml")
    trust((), file)
    run_and_report(file, out, workers)


@app.command()
def run(
    file: Annotated[Path, typer.Argument(help="An experiment in TOML.")],
    out: Out = None,
    workers: Workers = None,
    device: Annotated[str | None, typer.Option(help="Where live benchmarks train: cpu, cuda, cuda:1.")] = None,
    engine: Annotated[
        str | None, typer.Option(help="in_process, processes or dask. [default: as the experiment says, or processes]")
    ] = None,
    scheduler: Annotated[str | None, typer.Option(help="Address of a running scheduler of Dask.")] = None,
    trust: Trusted = None,
) -> None:
    """Run an experiment. Interrupt it, run it again, and it goes on where it was."""
    from harness.commands.run import Engine, run_file
    from harness.trust import trust as trust_only

    trust_only(trust or (), file)
    run_file(file, out, Engine(engine, workers, scheduler), device)


@app.command()
def verify(
    folder: Annotated[Path, typer.Argument(help="A results folder.")],
    runs: Annotated[int, typer.Option(help="So many runs are made again.", min=1)] = 10,
    seed: Annotated[int | None, typer.Option(help="Which ones. [default: others each time]")] = None,
    workers: Workers = None,
    trust: Trusted = None,
) -> None:
    """Run a random sample of an experiment's runs again, and say whether they give what is stored.

    Nothing is written into the folder. Exit code 1 when something is different.
    """
    from harness.commands.verify import verify_folder
    from harness.trust import trust as trust_only

    trust_only(trust or (), folder)
    if not verify_folder(folder, runs, seed, workers or cores()):
        raise typer.Exit(1)


@app.command()
def report(
    folders: Annotated[
        list[Path], typer.Argument(help="Results folders; several become one comparison.", metavar="FOLDER")
    ],
    out: Annotated[Path | None, typer.Option(help="Folder to write to. [default: FOLDER/report, or report]")] = None,
    style: Annotated[str, typer.Option(help="Sizes and letters of a venue: neurips, icml, acl, ...")] = "web",
    only: Annotated[str | None, typer.Option(help="What to write: tables, and no figures and no page.")] = None,
    words: Annotated[Path | None, typer.Option(help="Title, captions and names of your own, in TOML.")] = None,
) -> None:
    """Turn results into figures, tables and one page."""
    from harness.commands.report import write_report

    write_report(folders, out, style, only, words)


@app.command()
def watch(
    folder: Annotated[Path, typer.Argument(help="A results folder, finished or not.")],
    every: Annotated[float, typer.Option(help="Seconds between two looks.")] = 2.0,
    once: Annotated[bool, typer.Option("--once", help="Print one table and end.")] = False,
) -> None:
    """Show a running experiment: runs done, time left, current ranking. Ctrl-C leaves it running.

    Into a file or a pipe it prints one table and ends.
    """
    from harness.commands.watch import watch_folder

    watch_folder(folder, every, once)


@app.command()
def check(
    folder: Annotated[Path, typer.Argument(help="A results folder with proxy scores.")],
    baseline: Annotated[Path, typer.Option(help="The stored scores, a Parquet file that --update writes.")],
    update: Annotated[bool, typer.Option("--update", help="Make these results the baseline.")] = False,
    level: Annotated[float, typer.Option(help="How often a check of unchanged proxies may fail.")] = 0.05,
    reseeded: Annotated[bool, typer.Option("--reseeded", help="Equal seeds draw other numbers than they did.")] = False,
) -> None:
    """Compare each proxy with a baseline: exit code 1 when one got significantly worse, 2 for an error."""
    from harness.commands.check import check_results

    check_results(folder, baseline, update, level, reseeded)


@app.command()
def samples(
    folder: Annotated[Path | None, typer.Argument(help="A results folder with proxy scores, as a pilot.")] = None,
    half_width: Annotated[float, typer.Option(help="How far the interval may reach to either side.")] = 0.02,
    correlation: Annotated[float | None, typer.Option(help="The correlation expected, without a pilot.")] = None,
) -> None:
    """Say how many architectures a correlation needs to be known so exactly."""
    from harness.commands.samples import print_samples

    print_samples(folder, half_width, correlation)


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
    curve: Annotated[str | None, typer.Option(help="A metric to show at every epoch of the architecture.")] = None,
) -> None:
    """Show a benchmark, or what it knows of one architecture."""
    from harness.commands.show import show_benchmark
    from harness.trust import trust

    trust([benchmark.partition(":")[0]] if ":" in benchmark else ())
    show_benchmark(benchmark, arch, verify, curve)


app.add_typer(importers, name="import")
app.add_typer(latency, name="latency")


@app.command()
def audit(
    file: Annotated[Path, typer.Argument(help="CSV or Parquet, one row per architecture.")],
    space: Annotated[str | None, typer.Option(help="The search space. [default: a guess]")] = None,
    arch: Annotated[str | None, typer.Option(help="The column of architecture strings. [default: a guess]")] = None,
    index: Annotated[str | None, typer.Option(help="The column of official indices. [default: a guess]")] = None,
    benchmark: Annotated[
        list[str] | None, typer.Option(help="Compare with this table; give it again for more. [default: all imported]")
    ] = None,
) -> None:
    """Say which metric, split, seed and schedule the columns of a table really are.

    Exit code 1 when a column is not what its name says, so that a script can tell; 2 for an error.
    """
    from harness.commands.audit import audit_file

    audit_file(file, space, arch, index, benchmark)


@app.command()
def mint(
    out: Annotated[Path, typer.Option(help="Folder for the table.")] = Path("digits201"),
    workers: Workers = None,
) -> None:
    """Make the embedded benchmark again from nothing.

    All 6,466 classes of cells are trained for real: that takes hours, and can be interrupted and run again.
    """
    from harness.commands.mint import mint_table

    mint_table(out, workers or cores())


def main() -> None:
    """The entry point: an error of the user's is one message and exit code 2; an interrupt says how to go on.

    What files name as `module:attribute` runs where the user trusts the module, and then is looked for in the current
    folder too.
    """
    from harness.trust import trust
    from harness.visible import visible

    trust(())
    try:
        app(prog_name="nasgauge")
    except (NasgaugeError, OSError) as error:
        print(f"nasgauge: {visible(_in_words(error))}", file=sys.stderr)
        sys.exit(2)
    except SystemExit as end:
        if end.code == INTERRUPTED:
            goes_on = GOES_ON & {sys.argv[1], " ".join(sys.argv[1:3])}
            again = "; the same command goes on where it was" if goes_on else ""
            print(f"nasgauge: interrupted{again}", file=sys.stderr)
        raise


GOES_ON = {"run", "demo", "import", "mint", "latency networks"}
"""The commands that keep what they have done."""

INTERRUPTED = 130
"""The exit code after Ctrl-C."""


def _in_words(error: Exception) -> str:
    """The message; what the system refuses is named with its file."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error)


def _shipped(name: str) -> Path:
    return Path(__file__).parents[1] / "experiments" / name
