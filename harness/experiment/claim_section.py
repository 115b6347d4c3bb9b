"""A claim in an experiment file."""

import math
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticKnownError

from harness.experiment.section import Section
from harness.experiment.values import claimed, span


class ClaimSection(Section):
    """A sentence about a proxy, and the numbers that bear it out; the report judges it.

    `proxy` is a proxy's label in this file, or a name that stands for all its variants; without a `benchmark` the claim
    is about every study that has the proxy. It is about the correlation with the truth, or, with `than`, by how much
    this exceeds that of another label, or, with `measure`, about what was watched of a supernet when it ended: such as
    skip_share, or derived_skips, the share of skip connections in the architecture that it would choose. Without `low`
    or `high` the range is open on that side.
    """

    text: Annotated[str, Field(min_length=1)]
    proxy: str
    benchmark: str | None = None
    than: str | None = None
    measure: Annotated[str, Field(min_length=1)] | None = None
    statistic: Literal["kendall", "spearman"] = "kendall"
    low: float | None = None
    high: float | None = None

    @field_validator("low", "high")
    @classmethod
    def _possible(cls, value: float | None, info: ValidationInfo) -> float | None:
        """Refuse what no correlation, no difference of two, or no number can be."""
        if value is None:
            return None
        if not math.isfinite(value):
            raise PydanticKnownError("finite_number")
        if info.data.get("measure") is not None:
            return value
        most = 1 if info.data.get("than") is None else 2
        if not value <= most:
            raise PydanticKnownError("less_than_equal", {"le": most})
        if not value >= -most:
            raise PydanticKnownError("greater_than_equal", {"ge": -most})
        return value

    @model_validator(mode="after")
    def _of_one_kind(self) -> "ClaimSection":
        claimed(self.proxy, self.than, self.measure, self.statistic)
        span(self.low, self.high)
        return self
