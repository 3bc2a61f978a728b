"""The confirmed outcome of an incident: who says what it was, and who agrees.

The ledger is the only record, so it moves house with the incident: of each person the newest line
holds. Nothing is learnt from it here.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from pydantic import JsonValue

from api.schemas.feedback import FEEDBACK, Feedback, FeedbackPage, Outcome, feedback_of
from graph.errors import ConflictError, Detail, InputError
from graph.model.access import Principal
from graph.model.incident import Incident, Urgency
from graph.model.pack import DomainPack
from graph.ports import Store, Transaction

_NAMES_NONE: Final = frozenset(
    {Outcome.MISSING_COMPONENT, Outcome.EXTERNAL, Outcome.NO_FAULT, Outcome.UNKNOWN}
)


def give_feedback(
    store: Store, principal: Principal, incident_id: str, *, wanted: Feedback, at: datetime
) -> FeedbackPage:
    """Write down what it was; a person's later word replaces the earlier, the same changes nothing.

    An incident that is over takes it too: that is when most outcomes are known.

    Returns: every word afterwards. Raises: NotFoundError; ConflictError before the first diagnosis
        and on an incident that was merged; InputError for causes that do not fit.
    """
    pack = store.pack(store.incident(principal, incident_id).pack_id)
    check_feedback(pack, principal, wanted)

    def work(tx: Transaction) -> FeedbackPage:
        incident = _diagnosed(tx, principal, incident_id)
        known = feedback_of(tx.ledger(incident_id))
        mine = next((view for view in known.items if view.by == principal.name), None)
        second = _was_p0(tx, incident)
        fields = {**wanted.model_dump(mode="json"), "second_needed": second}
        if mine is not None and mine.model_dump(mode="json", exclude={"by", "at"}) == fields:
            return known
        detail: dict[str, JsonValue] = fields
        tx.add_ledger(incident_id, at=at, kind=FEEDBACK, actor=principal.name, detail=detail)
        answered = tx.diagnosis(incident_id)  # what people saw, when they said what it was
        shown: dict[str, JsonValue] = {"revision": answered.revision if answered else None}
        tx.add_audit(
            at=at,
            actor=principal.name,
            kind=FEEDBACK,
            subject=incident_id,
            detail=detail | shown,
        )
        return feedback_of(tx.ledger(incident_id))

    return store.write(work)


def check_feedback(pack: DomainPack, principal: Principal, wanted: Feedback) -> None:
    """Refuse causes that the graph lacks or that the kind of outcome does not name.

    Raises: InputError naming the key, in both languages.
    """
    if wanted.cause is Outcome.MODELLED and not wanted.causes:
        _fail("/causes", "modelled names at least one component", "请至少选一个组件")
    if wanted.cause in _NAMES_NONE and wanted.causes:
        _fail(
            "/causes",
            f"{wanted.cause.value} names no component; send an empty list",
            "这一类结果不指明组件，请留空",
        )
    seen = {
        c.id: c for c in pack.components if principal.may_see(site=c.site, visibility=c.visibility)
    }
    for place, cause in enumerate(wanted.causes):
        component = seen.get(cause.component_id)
        if component is None:
            _fail(
                f"/causes/{place}/component_id",
                f"no component {cause.component_id!r}; GET /graph/components?q= finds one",
                f"图里没有组件「{cause.component_id}」，请核对编号",
            )
            continue
        modes = {mode.id for mode in pack.library.modes if mode.kind == component.kind}
        if cause.fault_mode_id is not None and cause.fault_mode_id not in modes:
            _fail(
                f"/causes/{place}/fault_mode_id",
                f"{component.id!r} has no fault mode {cause.fault_mode_id!r}; leave it out",
                f"组件「{component.id}」没有故障模式「{cause.fault_mode_id}」，可以留空",
            )


def _diagnosed(tx: Transaction, principal: Principal, incident_id: str) -> Incident:
    incident = tx.incident(principal, incident_id)
    if incident.merged_into is not None:
        raise ConflictError(
            f"incident {incident_id!r} was merged; give feedback on {incident.merged_into!r}"
        ).told(zh="这个事件已经并入另一个事件，请到那里反馈", code="merged")
    if tx.diagnosis(incident_id) is None:
        raise ConflictError(
            f"incident {incident_id!r} has no diagnosis yet; wait for its first one"
        ).told(zh="这个事件还没有诊断，请等第一版出来", code="not_diagnosed")
    return incident


def _was_p0(tx: Transaction, incident: Incident) -> bool:
    diagnosis = tx.diagnosis(incident.id)
    levels = {incident.urgency, diagnosis.urgency.level if diagnosis else None}
    return Urgency.P0 in levels


def _fail(pointer: str, detail: str, zh: str) -> None:
    error = InputError(f"{pointer}: {detail}", [Detail(pointer, detail)])
    raise error.told(zh=f"{zh}。", code="feedback")
