"""Questions in words: SOP steps with citations, lifted by what an incident's diagnosis found."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from pydantic import JsonValue

from api.bootstrap import Assistant
from api.errors import problem_of
from api.incidents.answers import DIAGNOSIS, Lang, answer_incident
from api.incidents.why_views import Whys
from api.knowledge.calling import whom_to_call
from api.knowledge.gated import Guard
from api.knowledge.writing_back.unanswered import count_unanswered
from api.schemas.admin import Question
from api.schemas.chat import ChatQuestion
from api.threads import Threads, Turn
from graph.errors import EtiographError, NotFoundError, StoreError
from graph.model.access import Principal
from graph.model.diagnosis import Diagnosis
from graph.ports import Transaction

if TYPE_CHECKING:  # loaded at the first question: the server answers before its index is built
    from retrieval.answering.looking import Earlier
    from retrieval.results import Answer
    from retrieval.searching.search import KnowledgeSearch


def answer_question(
    assistant: Assistant, principal: Principal, question: Question
) -> dict[str, JsonValue]:
    """Answer as answer/v1; an incident's matched SOPs are lifted by their match.

    A question about the incident itself is answered by its diagnosis (`api.incidents.answers`).

    Raises: InputError for an empty question; NotFoundError for an incident that may not be seen.
    """
    told = _told(assistant, principal, (question.question, question.incident_id, None), Whys())
    if told is not None:
        return told
    asked = ChatQuestion(question=question.question, incident_id=question.incident_id)
    at = assistant.clock.now()
    return _counted(assistant, _quoted(assistant, principal, asked, at=at, earlier=()), at=at)


def chat(
    assistant: Assistant,
    principal: Principal,
    asked: ChatQuestion,
    *,
    threads: Threads,
    at: datetime,
    whys: Whys,
) -> Turn:
    """Answer as answer/v1, and keep the turn.

    Its further keys: `thread_id`, `incident_id`, and `asked`, the question as it was written.

    What was asked about an incident stands in its ledger, without the answer's text.

    Raises: InputError for an empty question; NotFoundError for an incident that may not be seen;
        StoreError if a quoted step does not stand in its SOP.
    """
    *_, last = chatting(assistant, principal, asked, threads=threads, at=at, whys=whys)
    return last


def chatting(
    assistant: Assistant,
    principal: Principal,
    asked: ChatQuestion,
    *,
    threads: Threads,
    at: datetime,
    whys: Whys,
) -> Iterator[Turn]:
    """Yield what is quoted while a language model still chooses, then the turn as `chat` gives it.

    Only the last is kept; it alone names its thread. Raises: as `chat`.
    """
    told = _told(assistant, principal, (asked.question, asked.incident_id, asked.lang), whys)
    if told is None:
        earlier = _earlier(threads, principal, asked.thread_id)
        for told in _quoting(assistant, principal, asked, at=at, earlier=earlier):
            if told["llm"] is None and not told["refused"] and assistant.settings.llm_model:
                yield {**told, "incident_id": asked.incident_id, "asked": asked.question}
        assert told is not None
        told = _counted(assistant, told, at=at)
    turn: Turn = told
    if asked.incident_id is not None:
        _note_question(assistant, asked.incident_id, turn, actor=principal.name, at=at)
    turn["thread_id"] = asked.thread_id or f"th-{secrets.token_hex(8)}"
    turn["incident_id"] = asked.incident_id
    turn["asked"] = asked.question
    threads.add(principal.name, str(turn["thread_id"]), turn)
    yield turn


def _told(
    assistant: Assistant,
    principal: Principal,
    asked: tuple[str, str | None, Lang | None],
    whys: Whys,
) -> Turn | None:
    """Let the incident's diagnosis answer, where the question is about that."""
    text, incident_id, lang = asked
    if incident_id is None:
        return None
    return answer_incident(assistant, principal, (text, incident_id, lang), whys)


def _quoted(
    assistant: Assistant,
    principal: Principal,
    asked: ChatQuestion,
    *,
    at: datetime,
    earlier: Sequence[Earlier],
) -> Turn:
    """Answer by SOP steps, each checked against its SOP; a model may have selected them."""
    *_, last = _quoting(assistant, principal, asked, at=at, earlier=earlier)
    return last


def _quoting(
    assistant: Assistant,
    principal: Principal,
    asked: ChatQuestion,
    *,
    at: datetime,
    earlier: Sequence[Earlier],
) -> Iterator[Turn]:
    """Yield the answer as it is quoted, and again where a model chose; each step is checked."""
    from retrieval.answering.conversation import conversing

    diagnosis = _diagnosis(assistant, principal, asked.incident_id)
    guard = Guard(assistant.store, at, diagnosis)
    search = assistant.knowledge.search()
    answers = conversing(
        asked.question,
        search,
        principal,
        guide=assistant.guides.guide(guard.sop),
        lang=asked.lang,
        boosts=_matched(diagnosis),
        earlier=earlier,
    )
    for found in answers:
        _check_quotes(found, search, principal)
        written = _written(found, guard)
        if found.refused:
            calls = whom_to_call(search, principal, found.question, diagnosis)
            written["call"] = [call.model_dump(mode="json") for call in calls]
        yield written


def _counted(assistant: Assistant, told: Turn, *, at: datetime) -> Turn:
    """Count a question that was refused; `unanswered_id` leads to where an SOP is asked for."""
    if not told["refused"]:
        return told
    lang = str(told["lang"])
    key = count_unanswered(assistant, str(told["question"]), lang=lang, at=at)
    return {**told, "unanswered_id": key}


def _earlier(threads: Threads, principal: Principal, thread_id: str | None) -> tuple[Earlier, ...]:
    """Give what SOPs answered in a thread, oldest first; a thread that is gone has nothing."""
    from retrieval.answering.looking import Earlier

    if thread_id is None:
        return ()
    try:
        turns = threads.turns(principal.name, thread_id)
    except NotFoundError:
        return ()
    told = [turn for turn in turns if turn.get("about") != DIAGNOSIS]
    return tuple(Earlier(str(turn["question"]), tuple(_cited_sops(turn))) for turn in told)


def chat_events(
    assistant: Assistant,
    principal: Principal,
    asked: ChatQuestion,
    *,
    threads: Threads,
    at: datetime,
    whys: Whys,
) -> Iterator[str]:
    """Answer as server-sent events: a `step` per checked step, then `done` with answer/v1.

    While a language model chooses, `quoted` comes first: the answer as it stands without it. A
    failure is one event `error` with problem+json, and the last.
    """
    turn: Turn = {"steps": []}
    try:
        for turn in chatting(assistant, principal, asked, threads=threads, at=at, whys=whys):
            if "thread_id" not in turn:
                yield _event("quoted", turn)
    except EtiographError as error:
        yield _event("error", problem_of(error))
        return
    steps = turn["steps"]
    for step in steps if isinstance(steps, list) else ():
        yield _event("step", step)
    yield _event("done", turn)


def check_question(assistant: Assistant, principal: Principal, asked: ChatQuestion) -> None:
    """Refuse what cannot be answered before a stream begins.

    Raises: InputError; NotFoundError.
    """
    from retrieval.searching.finding import readable_question

    readable_question(asked.question)
    if asked.incident_id is not None:
        assistant.store.incident(principal, asked.incident_id)


def _written(found: Answer, guard: Guard) -> dict[str, JsonValue]:
    """Write an answer as answer/v1, its gated commands folded."""
    written: dict[str, JsonValue] = found.model_dump(mode="json", by_alias=True)
    return {**written, "steps": guard.steps(found)}


def _diagnosis(
    assistant: Assistant, principal: Principal, incident_id: str | None
) -> Diagnosis | None:
    if incident_id is None:
        return None
    assistant.store.incident(principal, incident_id)
    return assistant.store.diagnosis(incident_id)


def _matched(diagnosis: Diagnosis | None) -> dict[str, float]:
    """Give what the newest diagnosis matched: SOP id -> its match, which the posteriors weigh."""
    boosts: dict[str, float] = {}
    for match in diagnosis.sops if diagnosis else ():
        boosts[match.sop_id] = max(boosts.get(match.sop_id, 0.0), min(match.score, 1.0))
    return boosts


def _check_quotes(found: Answer, search: KnowledgeSearch, principal: Principal) -> None:
    """Raise StoreError unless every quote is a step of the SOP that it names."""
    for citation in (place for step in found.steps for place in step.citations):
        sop = search.sop(principal, citation.doc_id)
        spoken = {
            text
            for section in sop.sections
            if section.name.value == citation.section
            for step in section.steps
            if step.number == citation.step
            for text in (step.text.zh, step.text.en)
        }
        if citation.quote not in spoken:
            raise StoreError(
                f"a quote of {citation.doc_id!r} {citation.section} {citation.step} does not stand "
                "there; the pack has just changed, ask again"
            )


def _note_question(
    assistant: Assistant, incident_id: str, turn: Turn, *, actor: str, at: datetime
) -> None:
    detail: dict[str, JsonValue] = {
        "question": turn["question"],
        "support": turn["support"],
        "sop_ids": [*_cited_sops(turn)],
    }

    def work(tx: Transaction) -> None:
        tx.add_ledger(incident_id, at=at, kind="question_asked", actor=actor, detail=detail)

    assistant.store.write(work)


def _cited_sops(turn: Turn) -> list[str]:
    """Name the SOPs that an answer quotes, in id order; a diagnosis is none."""
    steps = turn["steps"]
    cited = set()
    for step in steps if isinstance(steps, list) and turn.get("about") != DIAGNOSIS else ():
        places = step["citations"] if isinstance(step, dict) else []
        for place in places if isinstance(places, list) else ():
            if isinstance(place, dict):
                cited.add(str(place["doc_id"]))
    return sorted(cited)


def _event(name: str, value: JsonValue) -> str:
    return f"event: {name}\ndata: {json.dumps(value, ensure_ascii=False)}\n\n"
