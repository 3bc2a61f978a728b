"""What search and answers look like from outside: `search/v1` and `answer/v1`."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field

from graph.model.base import Id, Model, Probability, Text
from retrieval.documents import Kind
from retrieval.ranking.support import Support
from retrieval.words.tokens import Lang


class _Form(Model):
    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)


class Arms(Model):
    """What each arm gave to a score; None = this build or this query has no such arm."""

    lexical: float
    dense: float | None = None
    graph: float = 0.0


class SearchHit(Model):
    """A found SOP section or case; `score` is the sum of its arms, `section` "" for a case.

    `step`: the step of the section that holds most of the question. `id`: in the store, or in the
    corpus that was searched.
    """

    kind: Kind
    id: str = Field(min_length=1)
    section: str
    step: int | None = None
    title: Text
    score: float
    arms: Arms
    why: Text


class SearchResults(_Form):
    """`search/v1`: hits best first, ties by id; `note` says why words answered alone."""

    form: Literal["search/v1"] = Field(default="search/v1", alias="schema")
    query: str
    lang: Lang
    support: Support
    confidence: Probability
    results: tuple[SearchHit, ...]
    note: Text | None = None


class Citation(Model):
    """Where a sentence stands: document, section, step number, and the sentence itself."""

    doc_id: Id
    section: str
    step: int
    quote: str


class AnswerStep(Model):
    """A step of the answer, in the answer's language, with its sources."""

    text: str
    citations: tuple[Citation, ...]


class Nearest(Model):
    """A title near to the question, for a reader who was refused."""

    doc_id: Id
    title: Text
    score: float


class TakenOut(Model):
    """How many things of a kind were taken out before anything was sent."""

    kind: str
    count: int


class Fallback(Model):
    """Why a language model did not help, for programs and for people."""

    code: str
    text: Text


class LlmUse(Model):
    """Which language model was to select the steps; absent where none was asked for any.

    With a `fallback` the answer is quoted as it would be without a model. `sent`: whether question
    and steps went to the model; `redactions` counts what was taken out of them, by `taken_out`.
    """

    model: str
    retries: int
    redactions: int
    taken_out: tuple[TakenOut, ...] = ()
    sent: bool = True
    fallback: Fallback | None = None


class Answer(_Form):
    """`answer/v1`: `refused` equals `support == "none"`, and then there are no steps.

    `note` says why words alone were searched; None where meaning took part. `withheld` counts steps
    that are not quoted because they hide something or speak to a language model.
    """

    form: Literal["answer/v1"] = Field(default="answer/v1", alias="schema")
    question: str
    lang: Lang
    refused: bool
    support: Support
    confidence: Probability
    steps: tuple[AnswerStep, ...]
    nearest: tuple[Nearest, ...]
    arms: Arms
    llm: LlmUse | None = None
    note: Text | None = None
    withheld: int = 0
