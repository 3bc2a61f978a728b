"""What travels over HTTP about how well the diagnosis has held."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from api.schemas.incidents import View
from graph.model.base import Id, Instant, Model, Text
from graph.model.calibration import Figures, Recalibration


class ModeView(View):
    """The figures of the incidents that were of one fault mode, or of one outcome."""

    mode: str
    name: Text
    figures: Figures


class CalibrationView(View):
    """GET /calibration: answers held against confirmed causes.

    Each answer is the one that stood before anybody said what it was. `left_out`: confirmed, but
    not as a cause that an answer could name. `recalibration` is None below `fewest` cases; `on`:
    an admin turned it on, and there are enough.
    """

    figures: Figures
    modes: tuple[ModeView, ...]
    left_out: int
    fewest: int
    recalibration: Recalibration | None
    on: bool
    set_by: str | None = None
    set_at: Instant | None = None


class RecalibrationWish(Model):
    """PUT /calibration/recalibration: show recalibrated posteriors beside the stated, or not."""

    on: bool


class Recalibrated(View):
    """GET /incidents/{id}/recalibrated: what stated posteriors have meant over `cases` incidents.

    `posteriors` by component id, `external` and `healthy`, empty while it is off.
    """

    on: bool
    cases: int
    posteriors: dict[str, float] = Field(default_factory=dict)


class Opinions(View):
    """First words of people on incidents: the top was right, nearly, or wrong."""

    right: int
    near: int
    wrong: int


class FortnightFigures(View):
    """One fortnight: figures, recall over faults of the graph, false alarms, people's words.

    `found` of `faults` had a confirmed cause among the first three; of `calm` incidents without a
    fault, `accused` were told as a likely or conclusive cause.
    """

    begins: Instant
    ends: Instant
    figures: Figures
    faults: int
    found: int
    calm: int
    accused: int
    opinions: Opinions


class FortnightReport(View):
    """GET /calibration/report: two fortnights side by side, and the page in Markdown."""

    lang: Literal["zh", "en"]
    until: date
    now: FortnightFigures
    before: FortnightFigures
    modes: tuple[ModeView, ...]
    markdown: str


def named(mode: str, names: dict[Id, Text]) -> Text:
    """Name a mode; one that no pack knows any more is called by its id."""
    return names.get(mode, Text(zh=mode, en=mode))
