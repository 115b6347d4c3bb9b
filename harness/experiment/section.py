"""What the sections of an experiment file have in common."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A table of the file: no other keys than its own, no value taken for another type."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
