"""Which steps of SOPs people did during an incident: ticked, corrected, or taken back.

Of each step the newest line of the ledger holds; the audit log has the same without the reason,
so that how an SOP fared can be read off one chain (`api.knowledge.writing_back.uses`).
"""

from __future__ import annotations

from datetime import datetime

from api.bootstrap import Assistant
from api.schemas.ticks import TICKED, SopTick, SopTickView, newest_ticks, ticks_of
from graph.errors import ConflictError, NotFoundError
from graph.model.access import Principal
from graph.model.incident import IncidentState
from graph.ports import Transaction


def tick_step(
    assistant: Assistant, principal: Principal, incident_id: str, *, wanted: SopTick, at: datetime
) -> tuple[SopTickView, ...]:
    """Write down how a step went; the same of the same person again changes nothing.

    Returns: every tick afterwards. Raises: NotFoundError for what may not be seen; ConflictError on
        a closed incident.
    """
    from reasoning.remediation.book import not_before_last

    sop = assistant.knowledge.search().sop(principal, wanted.sop_id)
    known = {(s.name, step.number) for s in sop.sections for step in s.steps}
    if (wanted.section, wanted.step) not in known:
        place = f"{wanted.section.value} {wanted.step}"
        raise NotFoundError(f"SOP {sop.id!r} has no step {place!r}; GET /sops/{sop.id} shows all")

    def work(tx: Transaction) -> tuple[SopTickView, ...]:
        incident = tx.incident(principal, incident_id)
        if incident.state is IncidentState.CLOSED:
            raise ConflictError(f"incident {incident_id!r} is closed; its SOP steps are past")
        newest = newest_ticks(tx.ledger(incident_id)).get(wanted.place)
        said = (principal.name, wanted.outcome, wanted.reason)
        if newest is None or (newest.by, newest.outcome, newest.reason) != said:
            detail = wanted.model_dump(mode="json")
            tx.add_ledger(incident_id, at=at, kind=TICKED, actor=principal.name, detail=detail)
            said_to_all = {name: value for name, value in detail.items() if name != "reason"}
            moment = not_before_last(tx, at)
            tx.add_audit(
                at=moment,
                actor=principal.name,
                kind=TICKED,
                subject=incident_id,
                detail=said_to_all,
            )
        return ticks_of(tx.ledger(incident_id))

    return assistant.store.write(work)
