"""Questions about an incident in the chat: its diagnosis answers them, as answer/v1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from pydantic import JsonValue

from api.bootstrap import Assistant
from api.incidents.why_views import Whys, causes_called, nearest
from graph.errors import ConflictError, InputError, NotFoundError
from graph.model.access import Principal
from graph.model.base import Text
from graph.words import spaced

if TYPE_CHECKING:  # reasoning is loaded at the first question
    from reasoning.answer.questions import Asked
    from reasoning.answer.replies import Reply, Subject

Lang = Literal["zh", "en"]
DIAGNOSIS: Final = "diagnosis"
_MOST_MEANT: Final = 4


def answer_incident(
    assistant: Assistant,
    principal: Principal,
    asked: tuple[str, str, Lang | None],
    whys: Whys,
) -> dict[str, JsonValue] | None:
    """Answer a question (text, incident id, language) about an incident from its newest diagnosis.

    None where the text asks for something else (SOPs answer it), or nothing is diagnosed yet. Each
    step quotes the diagnosis as section `diagnosis`, step = revision, and names its `evidence_ids`.

    Raises: NotFoundError for an incident that may not be seen.
    """
    from reasoning.answer.questions import read_question
    from reasoning.answer.replies import Subject

    text, incident_id, lang = asked
    incident = assistant.store.incident(principal, incident_id)
    question, diagnosis = read_question(text), assistant.store.diagnosis(incident_id)
    if question is None or diagnosis is None:
        return None
    subject = Subject(assistant.store.pack(incident.pack_id), incident, diagnosis)
    replies = _replies(assistant, principal, question, (subject, whys))
    return None if replies is None else _written(text, subject, replies, lang)


def _replies(
    assistant: Assistant, principal: Principal, question: Asked, place: tuple[Subject, Whys]
) -> tuple[Reply, ...] | None:
    """Answer; a named cause has its own account, and a name of nobody is no question of ours."""
    from reasoning.answer.replies import reply_to, why_not

    subject, whys = place
    if not question.about:
        return reply_to(subject, question.topic)
    try:
        return why_not(whys.why(assistant, principal, subject.incident.id, question.about))
    except NotFoundError:
        return _nearly(assistant, principal, subject, question.about)
    except InputError:
        asked = _which(assistant, principal, subject, question.about)
        return reply_to(subject, question.topic) if asked is None else (asked,)
    except ConflictError:  # evidence is newer than the answer: what leads is all that is known
        return reply_to(subject, question.topic)


def _nearly(
    assistant: Assistant, principal: Principal, subject: Subject, about: str
) -> tuple[Reply, ...] | None:
    """Name whom a misspelt name may mean; None where it is like nobody's."""
    from reasoning.answer.replies import Reply
    from reasoning.answer.words import listed

    graph = assistant.diagnoser.analyst(subject.pack.id).graph
    near = nearest(graph, principal, about)
    if not near:
        return None
    names = listed([component.name for component in near])
    text = Text(
        zh=f"图里没有叫「{about}」的组件，最接近的是：{names.zh}。",
        en=f"No component is called {about!r}; the nearest are {names.en}.",
    )
    return (Reply(text),)


def _which(
    assistant: Assistant, principal: Principal, subject: Subject, about: str
) -> Reply | None:
    """Ask which of several is meant; None where one is, and cannot be weighed by itself."""
    from reasoning.answer.replies import Reply
    from reasoning.answer.words import listed

    graph = assistant.diagnoser.analyst(subject.pack.id).graph
    found = causes_called(graph, principal, about)
    if len(found) < 2:
        return None
    names = listed([graph.components[c].name for c in found[:_MOST_MEANT]])
    return Reply(
        Text(
            zh=spaced(f"「{about}」可以是", f"{len(found)}", "个组件")
            + f"：{names.zh}，请写全名。",
            en=f"{about!r} may mean {len(found)} components: {names.en}; give the whole name.",
        )
    )


def _written(
    text: str, subject: Subject, replies: tuple[Reply, ...], lang: Lang | None
) -> dict[str, JsonValue]:
    from retrieval.searching.finding import readable_question
    from retrieval.words.tokens import detect_language

    readable = readable_question(text)
    spoken = lang or detect_language(readable)
    steps: list[JsonValue] = [_step(reply, subject, spoken) for reply in replies]
    return {
        "schema": "answer/v1",
        "question": readable,
        "lang": spoken,
        "refused": False,
        "support": "strong",
        "confidence": 1.0,
        "steps": steps,
        "nearest": [],
        "arms": {"lexical": 0.0, "dense": None, "graph": 0.0},
        "llm": None,
        "about": DIAGNOSIS,
    }


def _step(reply: Reply, subject: Subject, lang: str) -> dict[str, JsonValue]:
    sentence = reply.text.zh if lang == "zh" else reply.text.en
    citation: dict[str, JsonValue] = {
        "doc_id": subject.incident.id,
        "section": DIAGNOSIS,
        "step": subject.diagnosis.revision,
        "quote": sentence,
    }
    return {
        "text": sentence,
        "citations": [citation],
        "evidence_ids": [*dict.fromkeys(reply.evidence_ids)],
        "gated": [],
    }
