"""`nasgauge latency`: one command for each thing that is measured."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Measure how long networks take on this machine.")

Dataset = Annotated[str, typer.Option(help="Whose images and network: digits, cifar10, cifar100.")]
Space = Annotated[str, typer.Option(help="The search space; only nb201 has networks to be timed.")]
Device = Annotated[str, typer.Option(help="cpu, cuda, cuda:1.")]
Threads = Annotated[int, typer.Option(help="Threads of the CPU.", min=1)]
Batch = Annotated[int, typer.Option(help="Images at once.", min=1)]
Sweeps = Annotated[int, typer.Option(help="How often everything is timed; the median counts.", min=6)]
Architectures = Annotated[int, typer.Option(help="How many, drawn at random.", min=2)]
Seed = Annotated[int, typer.Option(help="Which ones.", min=0)]


@app.command()
def measure(
    out: Annotated[Path, typer.Option(help="The file to write, JSON.")],
    dataset: Dataset = "digits",
    space: Space = "nb201",
    device: Device = "cpu",
    threads: Threads = 1,
    batch: Batch = 1,
    sweeps: Sweeps = 9,
) -> None:
    """Time every operation in every place of a network, and all that stands between them, into a lookup table."""
    from harness.commands.latency_tables import measure_operations

    measure_operations(out, dataset, space, {"device": device, "threads": threads, "batch": batch, "sweeps": sweeps})


@app.command()
def networks(
    out: Annotated[Path, typer.Option(help="The file to write, CSV for `nasgauge import table`.")],
    architectures: Architectures = 300,
    dataset: Dataset = "digits",
    seed: Seed = 0,
    device: Device = "cpu",
    threads: Threads = 1,
    batch: Batch = 1,
    sweeps: Sweeps = 9,
) -> None:
    """Time the whole networks of random architectures. Interrupt it, run it again, and it goes on with the next sweep.

    It prints the command that makes a benchmark of them.
    """
    from harness.commands.latency_tables import measure_networks

    clock = {"device": device, "threads": threads, "batch": batch, "sweeps": sweeps}
    measure_networks(out, (dataset, architectures, seed), clock)


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="A table of `nasgauge latency measure`.")],
    architectures: Architectures = 50,
    seed: Seed = 0,
) -> None:
    """Compare a table's sums with the latencies of whole networks, measured now."""
    from harness.commands.latency_tables import check_file

    check_file(file, architectures, seed)
