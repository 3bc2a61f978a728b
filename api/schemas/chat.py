"""What travels over HTTP for questions in words: what is asked, and what was asked before."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from api.schemas.incidents import View
from graph.model.access import Role
from graph.model.base import Id, Model, Text
from graph.model.knowledge import SopSectionName

MAX_QUESTION_CHARS = 2000


class ChatQuestion(Model):
    """POST /chat; `lang` None = that of the question, `thread_id` None = a new thread."""

    question: str = Field(min_length=1, max_length=MAX_QUESTION_CHARS)
    lang: Literal["zh", "en"] | None = None
    incident_id: Id | None = None
    thread_id: Id | None = None


class CitationView(View):
    """Where a sentence stands."""

    doc_id: Id
    section: str
    step: int
    quote: str


class GatedView(View):
    """An action that a folded command belongs to, and who must agree to it.

    `action_id` is None for a change that no action stands for: everybody must agree. `rules` name
    why. `proposed`: the incident's diagnosis proposes it on a target, and the roles are those of
    that target; otherwise a target may demand more.
    """

    action_id: Id | None
    name: Text
    required_roles: tuple[Role, ...]
    rules: tuple[Text, ...]
    proposed: bool


class AnswerStepView(View):
    """A step of an answer with its places; `gated` is empty where no command was folded.

    `evidence_ids`: what a sentence about an incident rests on.
    """

    text: str
    citations: tuple[CitationView, ...]
    gated: tuple[GatedView, ...] = ()
    evidence_ids: tuple[str, ...] = ()


class RevealRequest(Model):
    """POST /sops/{id}/reveals: which step, and the incident during which it is read."""

    section: SopSectionName
    step: int = Field(ge=1)
    incident_id: Id | None = None


class RevealedStep(View):
    """A step with its commands, as the SOP has it."""

    text: Text


class NearestView(View):
    """A title near to the question."""

    doc_id: Id
    title: Text
    score: float


CallRole = Literal["owner", "on_call", "vendor", "carrier"]


class CallView(View):
    """Somebody to call about a component, as its attribute of the name `role` says."""

    component_id: Id
    name: Text
    role: CallRole
    who: str


class ArmsView(View):
    """What each arm of the search gave; `dense` None = this build has no such arm."""

    lexical: float
    dense: float | None = None
    graph: float = 0.0


class TakenOutView(View):
    """How many things of a kind were taken out before anything was sent to a model."""

    kind: str
    count: int


class FallbackView(View):
    """Why a language model did not help."""

    code: str
    text: Text


class LlmView(View):
    """The model that selected the steps; with a `fallback` it did not, and they are only quoted."""

    model: str
    retries: int = 0
    redactions: int = 0
    taken_out: tuple[TakenOutView, ...] = ()
    sent: bool = True
    fallback: FallbackView | None = None


class ChatModelView(View):
    """The language model of the chat; None where answers are only quoted and nothing is sent."""

    model: str | None = None


class AnswerView(View):
    """answer/v1 as the screens read it, with its thread and the incident that was asked about.

    `asked` is the question as it was written, `question` as it was read (NFKC, nothing hidden).
    `call`: whom to call about what a refused question names, or its incident suspects.
    `about`: whether SOPs answer, or the incident's own diagnosis. `withheld`: how many steps were
    not quoted because they hide something or speak to a language model. `note` says why words alone
    were searched; None where meaning took part.
    """

    question: str
    asked: str = ""
    lang: Literal["zh", "en"]
    refused: bool
    support: Literal["strong", "possible", "none"]
    confidence: float
    steps: tuple[AnswerStepView, ...]
    nearest: tuple[NearestView, ...]
    arms: ArmsView
    thread_id: Id | None = None
    incident_id: Id | None = None
    about: Literal["sop", "diagnosis"] = "sop"
    llm: LlmView | None = None
    withheld: int = 0
    note: Text | None = None
    unanswered_id: Id | None = None
    call: tuple[CallView, ...] = ()
