"""`nasgauge import KIND PATH`: one command for each importer there is."""

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from harness.commands.options import Workers
from harness.cores import cores
from harness.registry import names


class Importers(TyperGroup):
    """The importers that take options of their own, and a plain command for each other one in the registry."""

    def list_commands(self, ctx: Any) -> list[str]:
        """The names of all importers."""
        return names("importer")

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of this importer; None when there is none."""
        own = super().get_command(ctx, cmd_name)
        return own or (_plain(cmd_name) if cmd_name in names("importer") else None)


app = typer.Typer(cls=Importers, no_args_is_help=True, help="Import a benchmark's files: `nasgauge import KIND PATH`.")

Source = Annotated[Path, typer.Argument(help="The file or folder to read.")]
Name = Annotated[str | None, typer.Option(help="What the benchmark is to be called. [default: KIND]")]
Out = Annotated[Path | None, typer.Option(help="A data folder to use instead of yours; see NASGAUGE_DATA.")]
Force = Annotated[bool, typer.Option("--force", help="Replace a table of this name.")]
Columns = Annotated[
    list[str] | None,
    typer.Option(
        "--column", help="COLUMN[*N|/N]=METRIC[@EPOCHS[/SCHEDULE][xDATA][:SEED]]; without a seed, a mean over seeds."
    ),
]
Metrics = Annotated[list[str] | None, typer.Option("--metric", help="A new metric, NAME:UNIT:max|min:SPLIT.")]


@app.command("table")
def table(
    path: Annotated[Path, typer.Argument(help="CSV or Parquet, one row per architecture.")],
    name: Annotated[str, typer.Option(help="What the benchmark is to be called.")],
    mapping: Annotated[Path | None, typer.Option(help="A TOML file that says what the options below say.")] = None,
    space: Annotated[str | None, typer.Option(help="The search space.")] = None,
    column: Columns = None,
    arch: Annotated[str | None, typer.Option(help="The column of architecture strings.")] = None,
    index: Annotated[str | None, typer.Option(help="The column of official indices.")] = None,
    metric: Metrics = None,
    classes: Annotated[int | None, typer.Option(help="Add exact params and flops for so many classes.")] = None,
    dataset: Annotated[str | None, typer.Option(help="The registered data set it was trained on.")] = None,
    out: Out = None,
    force: Force = False,
) -> None:
    """A table of your own: one row per architecture, any columns."""
    options = {"mapping": mapping, "space": space, "columns": column or [], "arch": arch, "index": index}
    more = {"metrics": metric or [], "classes": classes, "dataset": dataset}
    _run("table", path, name, out, force, None, {**options, **more})


@app.command("hw_nas_bench")
def hw_nas_bench(
    path: Source,
    join: Annotated[str, typer.Option(help="The imported nb201 tables to add the costs to: NAME of NAME-cifar10.")],
    dataset: Annotated[str | None, typer.Option(help="Whose costs a table gets whose name does not say it.")] = None,
    name: Name = None,
    out: Out = None,
    force: Force = False,
) -> None:
    """HW-NAS-Bench: latency and energy, joined to an imported NAS-Bench-201 or NATS-Bench."""
    _run("hw_nas_bench", path, name, out, force, None, {"join": join, "dataset": dataset})


def _plain(kind: str) -> Any:
    """The command of an importer without options of its own."""
    single = typer.Typer(add_completion=False, rich_markup_mode=None)

    @single.command(kind, help=f"Read the files of {kind}; an interrupted import goes on where it was.")
    def command(
        path: Source, name: Name = None, out: Out = None, force: Force = False, workers: Workers = None
    ) -> None:
        _run(kind, path, name, out, force, workers, {})

    return typer.main.get_command(single)


def _run(
    kind: str, path: Path, name: str | None, out: Path | None, force: bool, workers: int | None, options: dict[str, Any]
) -> None:
    from harness.commands.import_tables import import_tables

    import_tables(kind, path, name or kind, out=out, force=force, workers=workers or cores(), **options)
