"""Whom to call where no SOP answers: what the components that are asked about say of themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final, get_args

from api.schemas.chat import CallRole, CallView
from graph.model.access import Principal
from graph.model.diagnosis import Diagnosis
from graph.model.topology import Component

if TYPE_CHECKING:  # loaded at the first question
    from retrieval.searching.search import KnowledgeSearch

MOST: Final = 5
_CAUSES: Final = 2  # of the incident: more would send people to whom it hardly concerns


def whom_to_call(
    search: KnowledgeSearch, principal: Principal, question: str, diagnosis: Diagnosis | None
) -> tuple[CallView, ...]:
    """List owner, on-call, vendor and carrier of what is asked about, at most five.

    First of the two likeliest causes of the incident, then of what the question names, in that
    order; of one component in the order of `CallRole`.
    """
    causes = diagnosis.hypotheses if diagnosis else ()
    suspected = [one.component_id for one in causes[:_CAUSES] if one.component_id is not None]
    return tuple(_calls(search.surroundings.concerned(principal, question, suspected)))[:MOST]


def _calls(components: Iterable[Component]) -> Iterator[CallView]:
    for component in components:
        for role in get_args(CallRole):
            who = str(component.attributes.get(role, "")).strip()
            if who:
                named = {"component_id": component.id, "name": component.name}
                yield CallView.model_validate({**named, "role": role, "who": who})
