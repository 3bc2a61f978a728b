"""The base of every model value: frozen, closed, with aware UTC instants."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

ID_PATTERN = r"^[a-z0-9_.:\-]{1,200}$"
_SAFE_ID = re.compile(ID_PATTERN)


def _utc(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("an instant needs an offset, for example 2025-03-12T21:40:07+08:00")
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError("lies outside the years 1 to 9999 in UTC; correct the year") from None


def is_safe_id(text: str) -> bool:
    """Tell whether `text` may be an id of graph or pack: ASCII `[a-z0-9_.:-]`, 1..200."""
    return _SAFE_ID.fullmatch(text) is not None


def pack_of_id(whole: str) -> str:
    """Return the pack that an id of the form `pack:rest` names; without a colon, the id."""
    return whole.partition(":")[0]


Id = Annotated[str, StringConstraints(pattern=ID_PATTERN)]
Instant = Annotated[datetime, AfterValidator(_utc)]
Probability = Annotated[float, Field(ge=0.0, le=1.0)]


class Model(BaseModel):
    """A frozen value that refuses unknown fields and NaN."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Text(Model):
    """A text meant for people, in both languages; neither may be empty."""

    zh: Annotated[str, StringConstraints(min_length=1)]
    en: Annotated[str, StringConstraints(min_length=1)]
