"""Incidents whose cause is confirmed, made in numbers: answers that state what a test wants."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from graph.model.access import Principal
from graph.model.diagnosis import Diagnosis, DiagnosisStatus
from graph.model.incident import IncidentState
from graph.ports import Store, Transaction
from tests.api.room import ApiRoom

READER: Final = Principal(name="reader")
NODE: Final = "small:cdn-a"
DATABASE: Final = "small:exam-db"


def confirm(
    room: ApiRoom,
    pattern: str,
    count: int,
    *,
    stated: float = 0.8,
    right: int | None = None,
    status: DiagnosisStatus = DiagnosisStatus.LIKELY,
    begin: int = 0,
) -> None:
    """Store so many incidents like `pattern`, an hour apart, the first `right` of them right.

    `stated` is the posterior of the first cause, cdn-a; the others were the database.
    """
    store, now = room.assistant.store, room.clock.at
    answer = store.diagnosis(pattern)
    assert answer is not None and answer.hypotheses[0].component_id == NODE
    shown = stating(answer, stated, status)
    confirm_in(store, shown, count, right=right, wrong=DATABASE, begin=begin, now=now)


def confirm_in(
    store: Store,
    shown: Diagnosis,
    count: int,
    *,
    right: int | None,
    wrong: str,
    now: datetime,
    begin: int = 0,
) -> None:
    """Store so many closed incidents with this answer, the first `right` of them right."""
    incident = store.incident(READER, shown.incident_id)
    first = shown.hypotheses[0]
    good = {"component_id": first.component_id, "fault_mode_id": first.fault_mode_id}
    bad = {"component_id": wrong, "fault_mode_id": None}

    def work(tx: Transaction) -> None:
        for number in range(begin, begin + count):
            id_ = f"inc-{number:016x}"
            over = incident.model_copy(update={"id": id_, "state": IncidentState.CLOSED})
            tx.put_incident(over, expected_version=None)
            tx.add_diagnosis(shown.model_copy(update={"incident_id": id_}))
            hit = right is None or number - begin < right
            at = now - timedelta(hours=count + begin - number)
            _say(tx, id_, at, cause=good if hit else bad, revision=shown.revision)

    store.write(work)


def stating(answer: Diagnosis, stated: float, status: DiagnosisStatus) -> Diagnosis:
    """Let an answer state another posterior for what stands first."""
    first, *rest = answer.hypotheses
    changed = (first.model_copy(update={"posterior": stated}), *rest)
    return answer.model_copy(update={"hypotheses": changed, "status": status})


def _say(
    tx: Transaction, incident_id: str, at: datetime, *, cause: dict[str, str | None], revision: int
) -> None:
    tx.add_audit(
        at=at,
        actor="zhou",
        kind="feedback_given",
        subject=incident_id,
        detail={
            "causes": [dict(cause)],
            "cause": "modelled",
            "provisional": False,
            "note": "",
            "second_needed": False,
            "revision": revision,
        },
    )
