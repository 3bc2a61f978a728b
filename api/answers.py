"""Questions in words: SOP steps with citations, lifted by what an incident's diagnosis found."""

from __future__ import annotations

from pydantic import JsonValue

from api.admin_schemas import Question
from api.bootstrap import Assistant
from graph.model.access import Principal


def answer_question(
    assistant: Assistant, principal: Principal, question: Question
) -> dict[str, JsonValue]:
    """Answer as answer/v1; an incident's matched SOPs are lifted by their match.

    Raises: InputError for an empty question; NotFoundError for an incident that may not be seen.
    """
    from retrieval.answer import answer

    boosts: dict[str, float] = {}
    if question.incident_id is not None:
        assistant.store.incident(principal, question.incident_id)
        diagnosis = assistant.store.diagnosis(question.incident_id)
        for match in diagnosis.sops if diagnosis else ():
            boosts[match.sop_id] = max(boosts.get(match.sop_id, 0.0), min(match.score, 1.0))
    found = answer(question.question, assistant.knowledge.search(), principal, boosts=boosts)
    return found.model_dump(mode="json", by_alias=True)
