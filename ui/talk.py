"""The SOP assistant as one browser tab sees it: the thread, the incident asked about, a choice."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from api.client import ApiClient
from api.schemas.chat import (
    MAX_QUESTION_CHARS,
    AnswerView,
    ChatQuestion,
    CitationView,
    RevealRequest,
)
from api.schemas.incidents import IncidentView
from api.schemas.sop_records import SopRecord
from api.schemas.unanswered import SopWished
from graph.errors import EtiographError, InputError, NotFoundError
from graph.model.base import Text
from graph.model.knowledge import Sop, SopSectionName
from ui.desk import OPEN_STATES
from ui.failures import ZONE, label_of

LONG: Final = "chat.long"
_KEPT_OF_LONG: Final = 300  # so much of a question that is too long is drawn
_CHOICE: Final = re.compile(r"^([1-9]\d{0,3})\.(n?)([1-9]\d{0,3})$")


@dataclass(frozen=True, slots=True)
class Choice:
    """What the right column shows: a cited step (`place`), or a title that came near."""

    turn: int
    place: int
    near: bool = False

    def __str__(self) -> str:
        return f"{self.turn}.{'n' if self.near else ''}{self.place}"


def choice_of(text: str | None, turns: tuple[AnswerView, ...]) -> Choice | None:
    """Read a choice from the URL; without a valid one, the first step of the newest answer."""
    found = _CHOICE.match(text or "")
    if found:
        choice = Choice(int(found[1]), int(found[3]), near=bool(found[2]))
        if doc_of(choice, turns) is not None:
            return choice
    quoting = (n for n in range(len(turns), 0, -1) if _quotes(turns[n - 1]))
    newest = next(quoting, None)
    return Choice(newest, 1) if newest else None


def _quotes(answer: AnswerView) -> bool:
    """Tell whether an answer quotes SOPs; a diagnosis is read on its own page."""
    return bool(answer.steps) and answer.about == "sop"


def doc_of(choice: Choice, turns: tuple[AnswerView, ...]) -> str | None:
    """Name the SOP of a choice, or None where the thread has no such place."""
    if choice.turn > len(turns):
        return None
    answer = turns[choice.turn - 1]
    if choice.near:
        near = answer.nearest[choice.place - 1 : choice.place]
        return near[0].doc_id if near else None
    citation = citation_of(choice, turns)
    return citation.doc_id if citation else None


def citation_of(choice: Choice, turns: tuple[AnswerView, ...]) -> CitationView | None:
    """Return the cited place of a choice, or None where it is a mere title."""
    if choice.near or choice.turn > len(turns) or not _quotes(turns[choice.turn - 1]):
        return None
    steps = turns[choice.turn - 1].steps[choice.place - 1 : choice.place]
    return steps[0].citations[0] if steps else None


@dataclass
class Waiting:
    """A question that is being answered; `draft` is what is quoted while a model chooses."""

    question: str
    draft: AnswerView | None = None
    listener: threading.Thread | None = None


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A question that got no answer, and why: the key of a label."""

    question: str
    why: str


def _refused_form(question: str) -> Unanswered:
    """Say of a question that is none; of one that is too long only its beginning is kept."""
    if len(question) <= MAX_QUESTION_CHARS:
        return Unanswered(question, "chat.unreadable")
    return Unanswered(f"{question[:_KEPT_OF_LONG]}…", LONG)


Place = tuple[str, str, int]


def place_of(citation: CitationView) -> Place:
    """Name a step of an SOP: document, section, number."""
    return citation.doc_id, citation.section, citation.step


@dataclass
class Talk:
    """One tab's thread; what the server no longer holds is said to be lost.

    `model` is the language model that selects steps, None where answers only quote.
    `wished`: unanswered question -> the label that says what became of the wish for an SOP.
    `unshown` is the step whose command was not revealed last, with the key of the label saying why.
    """

    client: ApiClient
    thread_id: str | None = None
    turns: tuple[AnswerView, ...] = ()
    incidents: tuple[IncidentView, ...] = ()
    unanswered: Unanswered | None = None
    waiting: Waiting | None = None
    lost: bool = False
    seen_at: datetime | None = None
    zone: str = ZONE
    model: str | None = None
    unshown: tuple[Place, str] | None = None
    wished: dict[str, str] = field(default_factory=dict)
    _records: dict[tuple[str, str | None], SopRecord] = field(default_factory=dict)
    _sops: dict[str, Sop] = field(default_factory=dict)
    _revealed: dict[Place, Text] = field(default_factory=dict)

    def refresh(self, thread_id: str | None, *, may_ask: bool) -> None:
        """Fetch the open incidents, and the thread that the URL names where it is not held.

        Raises: EtiographError; what was held stays.
        """
        if thread_id is not None and thread_id != self.thread_id and may_ask:
            self._open(thread_id)
        board = self.client.board()
        self.incidents = self.client.incidents(states=OPEN_STATES).items
        if self.seen_at is None:  # the settings of a running server do not change
            self.model = self.client.chat_model()
        self.seen_at, self.zone = board.now, board.timezone

    def ask(self, question: str, incident_id: str | None) -> None:
        """Ask, and keep the answer, or the question with the reason why it got none."""
        self.unanswered = None
        self._records.clear()
        try:
            asked = ChatQuestion(
                question=question, incident_id=incident_id, thread_id=self.thread_id
            )
            if self.model is None:
                self._keep(self.client.chat(asked))
            else:
                self._await(asked)
        except InputError:
            self.unanswered = Unanswered(question, "chat.unreadable")
        except ValueError:  # of the form itself: empty, too long
            self.unanswered = _refused_form(question)
        except EtiographError as error:
            self.unanswered = Unanswered(question, label_of(error))

    def _await(self, asked: ChatQuestion) -> None:
        """Let the answer come in beside the page, which draws what is quoted at once."""
        waiting = self.waiting = Waiting(asked.question)
        waiting.listener = threading.Thread(
            target=self._listen, args=(asked, waiting), name="etiograph-chat", daemon=True
        )
        waiting.listener.start()

    def _listen(self, asked: ChatQuestion, waiting: Waiting) -> None:
        """Hear an answer to its end; a talk that began anew meanwhile takes nothing of it."""
        unanswered = None
        try:
            for answer in self.client.chat_stream(asked):
                waiting.draft = answer
        except InputError:
            unanswered = Unanswered(asked.question, "chat.unreadable")
        except EtiographError as error:
            unanswered = Unanswered(asked.question, label_of(error))
        if self.waiting is not waiting:
            return
        if unanswered is None and waiting.draft is not None:
            self._keep(waiting.draft)
        self.unanswered, self.waiting = unanswered, None

    def _keep(self, answer: AnswerView) -> None:
        self.thread_id, self.lost = answer.thread_id, False
        self.turns = (*self.turns, answer)

    def begin_anew(self) -> None:
        """Leave the thread; the next question begins another."""
        self.thread_id, self.turns, self.unanswered, self.lost = None, (), None, False
        self.waiting = None

    def sop(self, sop_id: str) -> Sop | None:
        """Return an SOP, or None while it cannot be had."""
        if sop_id not in self._sops:
            try:
                self._sops[sop_id] = self.client.sop(sop_id)
            except EtiographError:
                return None
        return self._sops[sop_id]

    def record(self, sop_id: str, incident_id: str | None) -> SopRecord | None:
        """Return how an SOP has fared, read once a question, or None while it cannot be had."""
        key = sop_id, incident_id
        if key not in self._records:
            try:
                self._records[key] = self.client.sop_record(sop_id, incident_id)
            except EtiographError:
                return None
        return self._records[key]

    def wish(self, question_id: str) -> None:
        """Record that an SOP is missing for a question."""
        try:
            self.client.wish_sop(question_id, SopWished())
        except EtiographError as error:
            self.wished[question_id] = label_of(error)
        else:
            self.wished[question_id] = "wish.done"

    def reveal(self, citation: CitationView, incident_id: str | None) -> None:
        """Ask for a step with its folded commands; the server writes that down."""
        place, self.unshown = place_of(citation), None
        wanted = RevealRequest(
            section=SopSectionName(citation.section), step=citation.step, incident_id=incident_id
        )
        try:
            self._revealed[place] = self.client.reveal(citation.doc_id, wanted)
        except EtiographError as error:
            self.unshown = place, label_of(error)

    def revealed(self, citation: CitationView) -> Text | None:
        """Return a step that this tab was shown whole, or None."""
        return self._revealed.get(place_of(citation))

    def unshown_at(self, citation: CitationView) -> str | None:
        """Return the key of the label that says why this step was not shown whole, or None."""
        kept = self.unshown
        return kept[1] if kept is not None and kept[0] == place_of(citation) else None

    def incident(self, incident_id: str | None) -> IncidentView | None:
        """Return one of the open incidents, or None."""
        return next((view for view in self.incidents if view.id == incident_id), None)

    def _open(self, thread_id: str) -> None:
        self.begin_anew()
        try:
            self.turns = self.client.thread(thread_id)
        except NotFoundError:
            self.lost = True
        self.thread_id = thread_id
