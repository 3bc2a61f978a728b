"""What people tell: calls and complaints, as whoever takes them writes them down."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field, StringConstraints

from graph.model.base import Id, Instant, Model

# The source of what people say and do by hand; it is no log of changes and no monitoring.
PEOPLE: Final = "people"
Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]


class PeopleReport(Model):
    """So many people say that a step of a flow fails for them; `region` and `carrier` say where.

    With a carrier it speaks of the client group of both, without one of the region. `count`: how
    many people in the last ten minutes. `at`: since when; None = now.
    """

    flow_step: Id
    region: Word
    carrier: Word | None = None
    site_tier: Word | None = None
    count: int = Field(default=1, ge=1, le=100_000)
    at: Instant | None = None
