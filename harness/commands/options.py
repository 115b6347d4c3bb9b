"""Options that several commands take."""

from typing import Annotated

import typer

Workers = Annotated[int | None, typer.Option(help="Processes. [default: one per core]", min=1)]
