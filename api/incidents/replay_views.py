"""The replay of an incident for one person: who is meant, what it was, and relations by name."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from api.bootstrap import Assistant
from api.incidents.calibration import Calibrations
from api.incidents.why_views import named_cause
from graph.errors import ConflictError, Detail, EtiographError, InputError, RateLimitedError
from graph.failure import FailureGraph
from graph.model.access import Principal
from graph.model.diagnosis import Diagnosis
from graph.model.incident import Incident
from graph.model.pack import DomainPack
from graph.model.replay import Replay
from graph.model.topology import Relation, RelationType
from reasoning.calibration.judging import EXTERNAL, name_of
from reasoning.diagnose import Analyst
from reasoning.replaying import Question, like_others, replay, with_relations

MOST_RELATIONS: Final = 20
_RELATION: Final = re.compile(rf"^(.+):({'|'.join(RelationType)}):(.+)$")
_AGAIN_S: Final = 10
# How long one replay gives way to diagnoses in all, and how often it looks.
_PATIENCE_S: Final = 60.0
_LOOK_AGAIN_S: Final = 0.2


class Replays:
    """Goes through one incident at a time: a storm takes seconds of CPU, and alerts come first.

    Who comes meanwhile is told to come again, so that nobody fills the server with waiting calls.
    """

    def __init__(self, *, patience_s: float = _PATIENCE_S) -> None:
        """Start with nobody at work; a replay gives way for `patience_s` seconds in all."""
        self._turn = threading.Lock()
        self._patience_s = patience_s

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Hold the one turn; RateLimitedError while somebody else does."""
        if not self._turn.acquire(blocking=False):
            raise _busy("another incident is being gone through", zh="正在回放另一个事件")
        try:
            yield
        finally:
            self._turn.release()

    def give_way(
        self, assistant: Assistant, check_there: Callable[[], None] = lambda: None
    ) -> Callable[[], None]:
        """Give what one replay calls before each minute: it holds on while diagnoses wait.

        It raises RateLimitedError once its patience is used up, and when the server stops.
        `check_there` raises where nobody waits for the answer any more; it ends the replay.
        """
        from ingest.incidents import DIAGNOSE

        pause, left = threading.Event(), self._patience_s

        def hold_on() -> None:
            nonlocal left
            while assistant.stopping or assistant.store.jobs_open(DIAGNOSE) > 0:
                if assistant.stopping or left <= 0.0:
                    raise _busy("alerts are being diagnosed", zh="正在诊断新的告警")
                check_there()
                pause.wait(_LOOK_AGAIN_S)
                left -= _LOOK_AGAIN_S
            check_there()

        return hold_on


def _busy(detail: str, *, zh: str) -> EtiographError:
    error = RateLimitedError(f"{detail}; try again in {_AGAIN_S} s", _AGAIN_S)
    return error.told(zh=f"{zh}，请 {_AGAIN_S} 秒后再试", code="busy")


def view_replay(
    assistant: Assistant,
    principal: Principal,
    incident_id: str,
    *,
    without_source: str | None,
    relations: Sequence[str],
    before_each: Callable[[], object] = lambda: None,
) -> Replay:
    """Go through an incident again; nothing is stored.

    `relations` are written `A:KIND:B`: A stands on B, each by id, alias or name. `before_each` is
    called before each minute.

    Raises: NotFoundError; ConflictError for an incident without alerts or a diagnosis; InputError
        for a source that sent nothing and a relation that cannot be read.
    """
    store = assistant.store
    incident = store.incident(principal, incident_id)
    newest = store.diagnosis(incident.id)
    if newest is None or not store.alerts_of(incident.id):
        raise ConflictError(
            f"incident {incident_id!r} has no alerts or no diagnosis (merged_into: "
            f"{incident.merged_into!r}); there is nothing to go through again"
        )
    analyst = assistant.diagnoser.analyst(incident.pack_id)
    added = tuple(_relation(analyst.pack, analyst.graph, principal, text) for text in relations)
    aims, confirmed = _aims(assistant, incident, newest)
    question = Question(aims, confirmed, without_source, added)
    again = _analyst(assistant, incident.pack_id, added)
    now = assistant.clock.now()
    return replay(store, again, incident, question, computed_at=now, before_each=before_each)


def _analyst(assistant: Assistant, pack_id: str, added: Sequence[Relation]) -> Analyst:
    """Make an analyst of its own: what the engine keeps of live incidents stays theirs."""
    header = next(h for h in assistant.store.packs() if h.id == pack_id)
    pack = with_relations(assistant.store.pack(pack_id), added)
    return assistant.diagnoser.new_analyst(header, pack)


def _aims(
    assistant: Assistant, incident: Incident, newest: Diagnosis
) -> tuple[tuple[str, ...], bool]:
    """Tell what it turned out to be: as people confirmed, else as the newest diagnosis says."""
    told = Calibrations.confirmed(assistant.store, incident.id)
    if told is not None:
        return tuple(c for c, _ in told.causes) or (told.outcome,), True
    top = newest.hypotheses[0]
    return (name_of(top.kind, top.component_id),), False


def _relation(pack: DomainPack, graph: FailureGraph, principal: Principal, text: str) -> Relation:
    """Read `A:KIND:B`.

    Raises: InputError; NotFoundError for an end that nobody is called.
    """
    found = _RELATION.match(text)
    if found is None:
        kinds = ", ".join(RelationType)
        detail = f"{text!r} is no relation; write A:KIND:B with KIND one of {kinds}"
        raise InputError(f"with_relation: {detail}", [Detail("/query/with_relation", detail)])
    source, target = (named_cause(graph, principal, end) for end in found.group(1, 3))
    if source == target or EXTERNAL in (source, target):
        detail = f"{text!r} must join two components of the graph"
        raise InputError(f"with_relation: {detail}", [Detail("/query/with_relation", detail)])
    return like_others(pack, source, RelationType(found.group(2)), target)
