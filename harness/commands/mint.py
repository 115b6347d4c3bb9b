"""`nasgauge mint`."""

from pathlib import Path

from harness.commands._console import bar, say
from harness.errors import BadValue
from harness.registry import own


def mint_table(out: Path, workers: int) -> None:
    """Train what is missing, shard by shard, then assemble the table at `out`; the shards stay beside it."""
    if out.exists():
        raise BadValue(f"{out} exists; name another folder with --out, or move it away")
    shards = out.with_name(out.name + "-shards")
    with bar("mint") as progress:
        for done, total in own("tabular.mint:mint_shards")(shards, workers):
            progress.update(done, total)
    own("tabular.assemble:assemble")(shards, out)
    say(f"table: {out}")
