"""Options that several commands take."""

from typing import Annotated

import typer

Workers = Annotated[int | None, typer.Option(help="Processes. [default: one per core]", min=1)]
Trusted = Annotated[
    list[str] | None,
    typer.Option(
        help="A module whose code the file may name, or, with a slash, a folder it may read; give it again for more."
    ),
]
