"""An incident that is over becomes a past case: drafted from its record, edited, published.

The draft is written from what was recorded: symptoms from the types of its alerts, the cause that
people confirmed (until then the first cause of the diagnosis), the fix from the steps that were
done, the remediations that were verified and what people did by hand. What somebody saves is a
line of the ledger and replaces it. Published it is a case like any that was imported.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from api.bootstrap import Assistant
from api.schemas.by_hand import actions_of
from api.schemas.case_drafts import CASE_PUBLISHED, CASE_SAVED, CaseDraft, CaseWords
from api.schemas.feedback import FeedbackCause, FeedbackState, feedback_of
from api.schemas.ticks import SopTickView, TickOutcome, ticks_of
from graph.errors import ConflictError, NotFoundError
from graph.model.access import Principal
from graph.model.base import Text
from graph.model.document import ImportedCase
from graph.model.incident import Incident, IncidentState, LedgerEntry
from graph.model.knowledge import CaseOutcome, PastCase, Sop, written_case
from graph.model.pack import DomainPack
from graph.model.remediation import Remediation, RemediationStatus
from graph.ports import Transaction

_AGREED: Final = FeedbackState.CONFIRMED
_OVER: Final = frozenset({IncidentState.RESOLVED, IncidentState.CLOSED})
_LISTED: Final = 50
_SYMPTOMS: Final = 6
_DONE: Final = 6
_CHARS: Final = 300
_NOTHING: Final = Text(zh="没有记录做了什么", en="Nothing is on record of what was done")


@dataclass(frozen=True)
class _Record:
    """What a draft is written from."""

    pack: DomainPack
    incident: Incident
    ledger: tuple[LedgerEntry, ...]
    cause: FeedbackCause | None
    alertnames: tuple[tuple[str, int], ...]
    deeds: tuple[Text, ...]
    ticks: tuple[SopTickView, ...]


def draft_of(assistant: Assistant, principal: Principal, incident_id: str) -> CaseDraft:
    """Give the draft of an incident. Raises: NotFoundError for what may not be seen."""
    record = _read(assistant, principal, incident_id)
    incident = record.incident
    saved = _newest(record.ledger, CASE_SAVED)
    published = _newest(record.ledger, CASE_PUBLISHED)
    words = CaseWords.model_validate(saved.detail) if saved else _words(record)
    return CaseDraft(
        incident_id=incident_id,
        title=incident.title,
        began_at=incident.began_at,
        timezone=record.pack.calendar.timezone,
        words=words,
        basis="person" if saved else "record",
        saved_by=saved.actor if saved else None,
        confirmed=feedback_of(record.ledger).state is _AGREED,
        alertnames=tuple(name for name, _ in record.alertnames),
        case_id=_case_id(incident),
        published_by=published.actor if published else None,
        published_at=published.at if published else None,
    )


def list_drafts(assistant: Assistant, principal: Principal) -> tuple[CaseDraft, ...]:
    """List the drafts of the newest incidents that are over or confirmed, unpublished first."""
    page = assistant.store.incidents(principal, limit=_LISTED)
    every = [one for one in page.items if isinstance(one, Incident) and one.merged_into is None]
    drafts = [
        draft_of(assistant, principal, one.id)
        for one in every
        if one.state in _OVER or feedback_of(assistant.store.ledger(one.id)).state is _AGREED
    ]
    drafts.sort(key=lambda draft: draft.began_at, reverse=True)
    return tuple(sorted(drafts, key=lambda draft: draft.published_at is not None))


def save_draft(
    assistant: Assistant, principal: Principal, incident_id: str, *, wanted: CaseWords, at: datetime
) -> CaseDraft:
    """Keep what somebody wrote; the same again changes nothing.

    Raises: NotFoundError for the incident, a component, a fault mode or an SOP that is not there.
    """
    _check(assistant, principal, incident_id, wanted)

    def work(tx: Transaction) -> None:
        newest = _newest(tx.ledger(incident_id), CASE_SAVED)
        detail = wanted.model_dump(mode="json")
        if newest is None or newest.detail != detail:
            tx.add_ledger(incident_id, at=at, kind=CASE_SAVED, actor=principal.name, detail=detail)

    assistant.store.write(work)
    return draft_of(assistant, principal, incident_id)


def publish_case(
    assistant: Assistant, principal: Principal, incident_id: str, *, at: datetime
) -> CaseDraft:
    """Put the draft among the past cases; published again, it replaces what it was, or is it still.

    Raises: NotFoundError, also for what the graph lacks by now; ConflictError `not_confirmed`.
    """
    draft = draft_of(assistant, principal, incident_id)
    if not draft.confirmed or draft.words is None:
        raise ConflictError(
            f"nobody has confirmed yet what incident {incident_id!r} was; give feedback first"
        ).told(zh="还没有人确认这个事件是什么，请先在诊断页反馈", code="not_confirmed")
    _check(assistant, principal, incident_id, draft.words)  # a pack may have been loaded since
    incident, by = assistant.store.incident(principal, incident_id), principal.name
    case = PastCase(
        id=draft.case_id,
        opened_at=incident.began_at,
        alertnames=draft.alertnames,
        source=incident_id,
        site=incident.site,
        visibility=incident.visibility,
        **dict(draft.words),
    )

    def work(tx: Transaction) -> None:
        from reasoning.remediation.book import not_before_last

        if any(one.case == case for one in tx.imported_cases()):
            return
        told = ImportedCase(id=case.id, case=case, file_name="", imported_by=by, imported_at=at)
        tx.put_imported_cases([told])
        detail = {"case_id": case.id}
        tx.add_ledger(incident_id, at=at, kind=CASE_PUBLISHED, actor=by, detail={**detail})
        tx.add_audit(
            at=not_before_last(tx, at),
            actor=by,
            kind=CASE_PUBLISHED,
            subject=incident_id,
            detail={**detail},
        )

    assistant.store.write(work)
    assistant.knowledge.forget()
    return draft_of(assistant, principal, incident_id)


def _read(assistant: Assistant, principal: Principal, incident_id: str) -> _Record:
    store = assistant.store
    incident = store.incident(principal, incident_id)
    pack, ledger = store.pack(incident.pack_id), store.ledger(incident_id)
    names = Counter(record.alert.alertname for record in store.alerts_of(incident_id))
    ticks = ticks_of(ledger)
    page = store.remediations(principal, incident_id=incident_id, limit=200)
    acts = [one for one in reversed(page.items) if isinstance(one, Remediation)]
    return _Record(
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
    for deed in actions_of(ledger):
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


def _words(record: _Record) -> CaseWords | None:
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


def _outcome(record: _Record) -> CaseOutcome:
    """Suggest whether it worked: over and nothing failed, over in spite of it, not over."""
    if record.incident.state not in _OVER:
        return CaseOutcome.FAILED if record.deeds else CaseOutcome.PARTLY
    failed = any(tick.outcome is TickOutcome.FAILED for tick in record.ticks)
    return CaseOutcome.PARTLY if failed else CaseOutcome.WORKED


def _ended(record: _Record) -> datetime:
    """Tell when it ended: quiet, else resolved by a person, else its last alert."""
    incident = record.incident
    over = {state.value for state in _OVER}
    moved = (
        line.at
        for line in record.ledger
        if line.kind == "state_changed" and line.detail.get("to", line.detail.get("state")) in over
    )
    return incident.quiet_since or next(moved, None) or incident.last_alert_at


def _minutes(since: datetime, until: datetime) -> float:
    return round(max(0.0, (until - since).total_seconds() / 60), 1)


def _newest(ledger: Sequence[LedgerEntry], kind: str) -> LedgerEntry | None:
    return next((line for line in reversed(ledger) if line.kind == kind), None)


def _case_id(incident: Incident) -> str:
    return written_case(incident.pack_id, incident.id)


def _check(assistant: Assistant, principal: Principal, incident_id: str, wanted: CaseWords) -> None:
    incident = assistant.store.incident(principal, incident_id)
    pack = assistant.store.pack(incident.pack_id)
    kinds = {c.id: c.kind for c in pack.components}
    if wanted.component_id not in kinds:
        raise NotFoundError(
            f"no component {wanted.component_id!r}; GET /graph/components?q= finds one"
        )
    modes = {mode.id for mode in pack.library.modes if mode.kind == kinds[wanted.component_id]}
    if wanted.fault_mode_id not in modes:
        raise NotFoundError(
            f"{wanted.component_id!r} has no fault mode {wanted.fault_mode_id!r}; choose another"
        )
    for sop_id in wanted.sop_ids:
        assistant.knowledge.search().sop(principal, sop_id)
