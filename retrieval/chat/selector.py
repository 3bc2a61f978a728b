"""Let a model select steps among chunks: redacted, asked, proven, once more, or not at all."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from retrieval.chat.fallback import CROWDED, FAULTY, REFUSED, RESTING, fallback_of
from retrieval.chat.port import ChatModel, Message, ReplyForm, Silence, SilentModelError
from retrieval.chat.prompt import messages_of, retried
from retrieval.chat.reply import Reply, read_reply
from retrieval.chat.sources import Chunk, Source, labelled
from retrieval.chat.validator import Place, Proven, prove
from retrieval.redaction.redactor import Redacted, Redactor
from retrieval.results import LlmUse, TakenOut
from retrieval.words.tokens import Lang

FORMS: Final = (ReplyForm.SCHEMA, ReplyForm.FUNCTION, ReplyForm.OBJECT)
WITHIN_S: Final = 20.0
_MOST_AT_ONCE: Final = 4
_REST_S: Final = 30.0
_LEAST_S: Final = 1.0
_MOST_EARLIER: Final = 3
# After these the next question would only wait as long again.
_TIRING: Final = frozenset(
    {Silence.UNREACHABLE, Silence.TIMEOUT, Silence.BUSY, Silence.SERVER_ERROR, Silence.DENIED}
)


@dataclass(frozen=True)
class Selected:
    """The proven places, in order; None where the model did not help. `use` says what happened."""

    places: tuple[Place, ...] | None
    use: LlmUse


@dataclass(frozen=True)
class Request:
    """What a question may be answered from."""

    question: str
    earlier: tuple[str, ...]
    chunks: tuple[Chunk, ...]
    lang: Lang


@dataclass
class _Try:
    """One question's way through forms and retries."""

    messages: tuple[Message, ...]
    sources: tuple[Source, ...]
    ends: float
    form: int
    retries: int = 0


@dataclass
class Selector:
    """Asks one model for all who chat; safe for threads.

    At most four ask at once; for half a minute after it was silent nobody does. The first form of
    request that it understood is kept.

    Args:
        nonce: draws the delimiter of a request.
        now: seconds of a clock that only runs forward.
    """

    model: ChatModel
    nonce: Callable[[], str]
    within_s: float = WITHIN_S
    now: Callable[[], float] = time.perf_counter
    _form: int = 0
    _rests_until: float = float("-inf")
    _seats: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(_MOST_AT_ONCE))

    def select(self, request: Request, redactor: Redactor) -> Selected:
        """Select steps; whatever the model does, this returns in about `within_s` seconds."""
        if self.now() < self._rests_until:
            return self.unsent(RESTING)
        if not self._seats.acquire(blocking=False):
            return self.unsent(CROWDED)
        try:
            return self._select(request, redactor)
        finally:
            self._seats.release()

    def unsent(self, code: str) -> Selected:
        """Say why the model was not asked at all."""
        use = LlmUse(
            model=self.model.name,
            retries=0,
            redactions=0,
            sent=False,
            fallback=fallback_of(code),
        )
        return Selected(None, use)

    def _select(self, request: Request, redactor: Redactor) -> Selected:
        earlier = request.earlier[-_MOST_EARLIER:]
        texts = [text for chunk in request.chunks for text in chunk.texts]
        clean = redactor.redact([request.question, *earlier, *texts])
        asked, sent = clean.texts[0], clean.texts[1 + len(earlier) :]
        sources = labelled(request.chunks, sent)
        messages = messages_of(
            sources,
            asked,
            earlier=clean.texts[1 : 1 + len(earlier)],
            lang=request.lang,
            nonce=self.nonce(),
        )
        went = _Try(messages, sources, self.now() + self.within_s, self._form)
        try:
            places, code = self._asked(went)
        except SilentModelError as error:
            if error.why in _TIRING:
                self._rests_until = self.now() + _REST_S
            places, code = None, error.why.value
        return Selected(places, self._use(clean, went.retries, code))

    def _asked(self, went: _Try) -> tuple[tuple[Place, ...] | None, str | None]:
        """Ask, and once more with the faults named; places, or the code of why not.

        Raises: SilentModelError.
        """
        while True:
            words = self._words(went)
            reply = read_reply(words)
            found = (reply,) if isinstance(reply, str) else _judged(reply, went.sources)
            if isinstance(found, Proven):
                self._form = went.form
                return (found.places, None) if found.places else (None, REFUSED)
            if went.retries:
                return None, FAULTY
            went.retries += 1
            went.messages = retried(went.messages, words, found)
            if isinstance(reply, str):  # the form was not kept: demand it in another way
                went.form = min(went.form + 1, len(FORMS) - 1)

    def _words(self, went: _Try) -> str:
        """Ask in the first form from here on that the endpoint knows."""
        while True:
            left = went.ends - self.now()
            if left < _LEAST_S:
                raise SilentModelError(Silence.TIMEOUT, "no time is left to ask again")
            try:
                return self.model.complete(went.messages, FORMS[went.form], within_s=left)
            except SilentModelError as error:
                if error.why is not Silence.FORM_UNKNOWN or went.form + 1 == len(FORMS):
                    raise
                went.form += 1

    def _use(self, clean: Redacted, retries: int, code: str | None) -> LlmUse:
        return LlmUse(
            model=self.model.name,
            retries=retries,
            redactions=clean.total,
            taken_out=tuple(TakenOut(kind=kind.value, count=n) for kind, n in clean.taken),
            fallback=None if code is None else fallback_of(code),
        )


def _judged(reply: Reply, sources: Sequence[Source]) -> Proven | tuple[str, ...]:
    if reply.refused and reply.steps:
        return ('"refused" is true and there are steps; choose one',)
    return prove(reply, sources)
