"""What travels over HTTP about incidents that are written back as past cases."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field, field_validator

from api.schemas.incidents import View
from graph.model.base import Id, Instant, Model, Text
from graph.model.knowledge import CaseOutcome
from graph.words import visible

CASE_SAVED: Final = "case_saved"
CASE_PUBLISHED: Final = "case_published"
MAX_CASE_CHARS: Final = 2000
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class CaseWords(Model):
    """What a case says; minutes run from onset."""

    title: Text
    component_id: Id
    fault_mode_id: Id
    symptoms: Text
    cause: Text
    fix: Text
    outcome: CaseOutcome
    minutes_to_detect: float = Field(ge=0, le=1_000_000)
    minutes_to_repair: float = Field(ge=0, le=1_000_000)
    sop_ids: tuple[Id, ...] = Field(default=(), max_length=20)


class CaseWritten(CaseWords):
    """PUT /incidents/{id}/case-draft: what somebody made of it, in at most 2,000 characters each.

    What nobody sees is left out: control, format and direction characters. `content_sha256`: of the
    draft that was looked at.
    """

    content_sha256: Sha256

    @property
    def words(self) -> CaseWords:
        """Give what is kept."""
        return CaseWords.model_validate(self.model_dump(exclude={"content_sha256"}))

    @field_validator("title", "symptoms", "cause", "fix")
    @classmethod
    def _readable(cls, told: Text) -> Text:
        return Text(zh=_plain(told.zh), en=_plain(told.en))


class CasePublication(Model):
    """POST /incidents/{id}/case; the digest proves what was looked at."""

    content_sha256: Sha256


def _plain(text: str) -> str:
    if len(text) > MAX_CASE_CHARS:
        raise ValueError(f"is over {MAX_CASE_CHARS} characters; shorten it")
    plain = "".join(char for char in text if visible(char) in (char, " ")).strip()
    if not plain:
        raise ValueError("says nothing that can be read; write a few words")
    return plain


class CaseDraft(View):
    """The draft of an incident; `words` None where no cause is known yet.

    `basis`: whether a person saved it or it is written from the record. `confirmed`: people agree
    what it was, so that it may be published; `published_at` by `published_by` once it was.
    `content_sha256` is of `words`: saving and publishing name it.
    """

    incident_id: Id
    title: Text
    began_at: Instant
    timezone: str
    words: CaseWords | None
    content_sha256: str
    basis: Literal["record", "person"]
    saved_by: str | None = None
    confirmed: bool
    alertnames: tuple[str, ...] = ()
    case_id: Id
    published_by: str | None = None
    published_at: Instant | None = None
