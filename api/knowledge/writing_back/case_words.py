"""What the record of an incident says of it as a past case: nothing in it is invented.

Symptoms come from the types of its alerts, the cause from what people confirmed (until then from
the first cause of the diagnosis), the fix from the steps that were done, the remediations that were
verified and what people did by hand.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from api.bootstrap import Assistant
from api.schemas.by_hand import actions_of, holding
from api.schemas.case_drafts import CaseWords
from api.schemas.feedback import FeedbackCause, feedback_of
from api.schemas.ticks import SopTickView, TickOutcome, ticks_of
from graph.errors import NotFoundError
from graph.model.access import Principal
from graph.model.base import Text
from graph.model.incident import Incident, IncidentState, LedgerEntry
from graph.model.knowledge import CaseOutcome, Sop
from graph.model.pack import DomainPack
from graph.model.remediation import Remediation, RemediationStatus

OVER: Final = frozenset({IncidentState.RESOLVED, IncidentState.CLOSED})
_SYMPTOMS: Final = 6
_DONE: Final = 6
_CHARS: Final = 300
_NOTHING: Final = Text(zh="没有记录做了什么", en="Nothing is on record of what was done")


@dataclass(frozen=True)
class Record:
    """What a draft is written from."""

    pack: DomainPack
    incident: Incident
    ledger: tuple[LedgerEntry, ...]
    cause: FeedbackCause | None
    alertnames: tuple[tuple[str, int], ...]
    deeds: tuple[Text, ...]
    ticks: tuple[SopTickView, ...]


def read_record(assistant: Assistant, principal: Principal, incident_id: str) -> Record:
    """Read what a draft is written from. Raises: NotFoundError for what may not be seen."""
    store = assistant.store
    incident = store.incident(principal, incident_id)
    pack, ledger = store.pack(incident.pack_id), store.ledger(incident_id)
    names = Counter(record.alert.alertname for record in store.alerts_of(incident_id))
    ticks = ticks_of(ledger)
    page = store.remediations(principal, incident_id=incident_id, limit=200)
    acts = [one for one in reversed(page.items) if isinstance(one, Remediation)]
    return Record(
        pack=pack,
        incident=incident,
        ledger=ledger,
        cause=_cause(assistant, incident, ledger, pack),
        alertnames=tuple(sorted(names.items(), key=lambda item: (-item[1], item[0]))),
        deeds=tuple(_deeds(assistant, principal, ledger, (ticks, acts))),
        ticks=ticks,
    )


def _cause(
    assistant: Assistant, incident: Incident, ledger: Sequence[LedgerEntry], pack: DomainPack
) -> FeedbackCause | None:
    """Name component and fault mode: as confirmed, else as the diagnosis has it first."""
    told = [cause for view in feedback_of(ledger).items for cause in view.causes]
    diagnosis = assistant.store.diagnosis(incident.id)
    first = [
        FeedbackCause(component_id=one.component_id, fault_mode_id=one.fault_mode_id)
        for one in (diagnosis.hypotheses if diagnosis else ())
        if one.component_id is not None
    ]
    found = next(iter([*told, *first]), None)
    if found is None or found.fault_mode_id is not None:
        return found
    likely = (c.fault_mode_id for c in first if c.component_id == found.component_id)
    kind = next((c.kind for c in pack.components if c.id == found.component_id), None)
    modes = (mode.id for mode in pack.library.modes if mode.kind == kind)
    return found.model_copy(update={"fault_mode_id": next(likely, None) or next(modes, None)})


def _deeds(
    assistant: Assistant,
    principal: Principal,
    ledger: Sequence[LedgerEntry],
    told: tuple[Sequence[SopTickView], Sequence[Remediation]],
) -> Iterator[Text]:
    """Yield what was done: remediations that held, by hand, steps of SOPs, commands folded."""
    from api.knowledge.gated import Guard

    ticks, acts = told
    for act in acts:
        if act.status is RemediationStatus.VERIFIED:
            yield act.plan.name
    for deed in holding(actions_of(ledger)):
        what = deed.what[:_CHARS]
        yield Text(zh=what, en=what)
    guard, search = Guard(assistant.store, assistant.clock.now()), assistant.knowledge.search()
    for tick in (one for one in ticks if one.outcome is TickOutcome.DONE):
        try:
            sop = guard.sop(search.sop(principal, tick.sop_id))
        except NotFoundError:  # it was taken off since
            continue
        yield from _step_texts(sop, tick)


def _step_texts(sop: Sop, tick: SopTickView) -> Iterator[Text]:
    for section in sop.sections:
        for step in section.steps:
            if section.name is tick.section and step.number == tick.step:
                yield Text(zh=step.text.zh[:_CHARS], en=step.text.en[:_CHARS])


def words_of(record: Record) -> CaseWords | None:
    """Write the draft; None where no cause is known."""
    cause, incident, pack = record.cause, record.incident, record.pack
    if cause is None or cause.fault_mode_id is None:
        return None
    component = next((c.name for c in pack.components if c.id == cause.component_id), None)
    mode = next((m.name for m in pack.library.modes if m.id == cause.fault_mode_id), None)
    if component is None or mode is None:
        return None
    alerts = record.alertnames[:_SYMPTOMS]
    zh = "、".join(f"{name} {count} 条" for name, count in alerts)
    en = ", ".join(f"{name} ({count})" for name, count in alerts)
    deeds = record.deeds[:_DONE] or (_NOTHING,)
    return CaseWords(
        title=incident.title,
        component_id=cause.component_id,
        fault_mode_id=cause.fault_mode_id,
        symptoms=Text(zh=f"告警：{zh}", en=f"Alerts: {en}"),
        cause=Text(zh=f"{component.zh}：{mode.zh}", en=f"{component.en}: {mode.en}"),
        fix=Text(zh="；".join(d.zh for d in deeds), en="; ".join(d.en for d in deeds)),
        outcome=_outcome(record),
        minutes_to_detect=_minutes(incident.began_at, incident.opened_at),
        minutes_to_repair=_minutes(incident.began_at, _ended(record)),
        sop_ids=tuple(sorted({t.sop_id for t in record.ticks if t.outcome is TickOutcome.DONE})),
    )


def _outcome(record: Record) -> CaseOutcome:
    """Suggest whether it worked: over and nothing failed, over in spite of it, not over."""
    if record.incident.state not in OVER:
        return CaseOutcome.FAILED if record.deeds else CaseOutcome.PARTLY
    failed = any(tick.outcome is TickOutcome.FAILED for tick in record.ticks)
    return CaseOutcome.PARTLY if failed else CaseOutcome.WORKED


def _ended(record: Record) -> datetime:
    """Tell when it ended: quiet, else resolved by a person, else its last alert."""
    incident = record.incident
    over = {state.value for state in OVER}
    moved = (
        line.at
        for line in record.ledger
        if line.kind == "state_changed" and line.detail.get("to", line.detail.get("state")) in over
    )
    return incident.quiet_since or next(moved, None) or incident.last_alert_at


def _minutes(since: datetime, until: datetime) -> float:
    return round(max(0.0, (until - since).total_seconds() / 60), 1)
