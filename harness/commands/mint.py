"""`nasgauge mint`."""

from pathlib import Path

from harness.commands._console import bar, console
from harness.errors import BadValue
from harness.registry import load


def mint_table(out: Path, workers: int) -> None:
    """Train what is missing, shard by shard, then assemble the table at `out`; the shards stay beside it."""
    if out.exists():
        raise BadValue(f"{out} exists; name another folder with --out, or move it away")
    shards = out.with_name(out.name + "-shards")
    with bar("mint") as progress:
        for done, total in load("mint", "tabular.mint:mint_shards")(shards, workers):
            progress.update(done, total)
    load("mint", "tabular.assemble:assemble")(shards, out)
    console.print(f"table: {out}", soft_wrap=True)
