"""What travels over HTTP about questions that no SOP answered."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from api.schemas.incidents import View
from graph.model.base import Id, Model
from graph.model.document import QuestionStatus, UnansweredQuestion

MAX_NOTE_CHARS = 300
Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=MAX_NOTE_CHARS)]


class UnansweredView(View):
    """A question with how often it was asked: in the days that were looked at, and ever."""

    found: UnansweredQuestion
    times: int
    total: int


class SopWished(Model):
    """POST /unanswered-questions/{id}/wishes: what the missing SOP should say, in a few words."""

    note: Note = ""


class QuestionEnding(Model):
    """POST /unanswered-questions/{id}/ending: by which SOP it is answered, or why none is needed.

    Asked again in vain, what was `answered` is open again; `dismissed` stays.
    """

    status: Literal[QuestionStatus.ANSWERED, QuestionStatus.DISMISSED]
    sop_id: Id | None = None
    reason: str = Field(default="", max_length=1000)


class UnansweredReport(View):
    """GET /unanswered-questions/report: the fortnight up to a day, as figures and as Markdown.

    `full`: as many questions are kept as there is room for, so that settled and rare ones give way.
    """

    lang: Literal["zh", "en"]
    until: date
    items: tuple[UnansweredView, ...]
    markdown: str
    full: bool = False
