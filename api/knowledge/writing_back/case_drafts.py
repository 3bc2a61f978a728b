"""An incident that is over becomes a past case: drafted from its record, edited, published.

What somebody saves is a line of the ledger and replaces what the record says. Saving and publishing
name the digest of what was seen: where somebody else wrote meanwhile, nothing is done. Published it
is a case like any that was imported.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from api.bootstrap import Assistant
from api.knowledge.writing_back.case_words import OVER, read_record, words_of
from api.schemas.case_drafts import CASE_PUBLISHED, CASE_SAVED, CaseDraft, CaseWords
from api.schemas.feedback import FeedbackState, feedback_of
from graph.errors import ConflictError, NotFoundError
from graph.model.access import Principal
from graph.model.digest import sha256_hex
from graph.model.document import ImportedCase
from graph.model.incident import Incident, LedgerEntry
from graph.model.knowledge import PastCase, written_case
from graph.model.pack import DomainPack
from graph.ports import Transaction

_AGREED: Final = FeedbackState.CONFIRMED
_LISTED: Final = 50


def draft_of(assistant: Assistant, principal: Principal, incident_id: str) -> CaseDraft:
    """Give the draft of an incident. Raises: NotFoundError for what may not be seen."""
    record = read_record(assistant, principal, incident_id)
    incident = record.incident
    saved = _newest(record.ledger, CASE_SAVED)
    published = _newest(record.ledger, CASE_PUBLISHED)
    words = CaseWords.model_validate(saved.detail) if saved else words_of(record)
    words = words and _folded(words, record.pack)
    return CaseDraft(
        incident_id=incident_id,
        title=incident.title,
        began_at=incident.began_at,
        timezone=record.pack.calendar.timezone,
        words=words,
        content_sha256=digest_of(words),
        basis="person" if saved else "record",
        saved_by=saved.actor if saved else None,
        confirmed=feedback_of(record.ledger).state is _AGREED,
        alertnames=tuple(name for name, _ in record.alertnames),
        case_id=_case_id(incident),
        published_by=published.actor if published else None,
        published_at=published.at if published else None,
    )


def digest_of(words: CaseWords | None) -> str:
    """Digest what a draft says, so that who saves or publishes it proves to have seen it."""
    return sha256_hex(words.model_dump(mode="json") if words else None)


def _folded(words: CaseWords, pack: DomainPack) -> CaseWords:
    """Fold commands of gated actions: they are in no draft, in no ledger line and in no case."""
    from reasoning.remediation.commands import fold_case

    return fold_case(words, pack.actions)


def list_drafts(assistant: Assistant, principal: Principal) -> tuple[CaseDraft, ...]:
    """List the drafts of the newest incidents that are over or confirmed, unpublished first."""
    page = assistant.store.incidents(principal, limit=_LISTED)
    every = [one for one in page.items if isinstance(one, Incident) and one.merged_into is None]
    drafts = [
        draft_of(assistant, principal, one.id)
        for one in every
        if one.state in OVER or feedback_of(assistant.store.ledger(one.id)).state is _AGREED
    ]
    drafts.sort(key=lambda draft: draft.began_at, reverse=True)
    return tuple(sorted(drafts, key=lambda draft: draft.published_at is not None))


def save_draft(
    assistant: Assistant,
    principal: Principal,
    incident_id: str,
    *,
    wanted: CaseWords,
    seen: str,
    at: datetime,
) -> CaseDraft:
    """Keep what somebody wrote upon the draft of digest `seen`; the same again changes nothing.

    Raises: NotFoundError for the incident, a component, a fault mode or an SOP that is not there;
        ConflictError `other_content` where the draft is not what was seen.
    """
    _check(assistant, principal, incident_id, wanted)
    pack = assistant.store.pack(assistant.store.incident(principal, incident_id).pack_id)
    wanted = _folded(wanted, pack)
    known = _saved_at(assistant.store.ledger(incident_id))
    _check_seen(draft_of(assistant, principal, incident_id), seen)

    def work(tx: Transaction) -> None:
        ledger = tx.ledger(incident_id)
        if _saved_at(ledger) != known:
            raise _moved(incident_id)
        newest = _newest(ledger, CASE_SAVED)
        detail = wanted.model_dump(mode="json")
        if newest is None or newest.detail != detail:
            tx.add_ledger(incident_id, at=at, kind=CASE_SAVED, actor=principal.name, detail=detail)

    assistant.store.write(work)
    return draft_of(assistant, principal, incident_id)


def publish_case(
    assistant: Assistant, principal: Principal, incident_id: str, *, seen: str, at: datetime
) -> CaseDraft:
    """Put the draft of digest `seen` among the past cases; again, it replaces what it was.

    Raises: NotFoundError, also for what the graph lacks by now; ConflictError `not_confirmed`,
        `other_content`.
    """
    known = _saved_at(assistant.store.ledger(incident_id))
    draft = draft_of(assistant, principal, incident_id)
    if not draft.confirmed or draft.words is None:
        raise ConflictError(
            f"nobody has confirmed yet what incident {incident_id!r} was; give feedback first"
        ).told(zh="还没有人确认这个事件是什么，请先在诊断页反馈", code="not_confirmed")
    _check_seen(draft, seen)
    _check(assistant, principal, incident_id, draft.words)  # a pack may have been loaded since
    case = _case(assistant.store.incident(principal, incident_id), draft, draft.words)

    def work(tx: Transaction) -> None:
        if _saved_at(tx.ledger(incident_id)) != known:
            raise _moved(incident_id)
        _put(tx, case, draft, by=principal.name, at=at)

    assistant.store.write(work)
    assistant.knowledge.forget()
    return draft_of(assistant, principal, incident_id)


def _case(incident: Incident, draft: CaseDraft, words: CaseWords) -> PastCase:
    return PastCase(
        id=draft.case_id,
        opened_at=incident.began_at,
        alertnames=draft.alertnames,
        source=incident.id,
        site=incident.site,
        visibility=incident.visibility,
        **dict(words),
    )


def _put(tx: Transaction, case: PastCase, draft: CaseDraft, *, by: str, at: datetime) -> None:
    """Write the case with its lines; the audit log says who wrote what was published."""
    from reasoning.remediation.book import not_before_last

    if any(one.case == case for one in tx.imported_cases()):
        return
    told = ImportedCase(id=case.id, case=case, file_name="", imported_by=by, imported_at=at)
    tx.put_imported_cases([told])
    subject, detail = draft.incident_id, {"case_id": case.id}
    tx.add_ledger(subject, at=at, kind=CASE_PUBLISHED, actor=by, detail={**detail})
    tx.add_audit(
        at=not_before_last(tx, at),
        actor=by,
        kind=CASE_PUBLISHED,
        subject=subject,
        detail={**detail, "content_sha256": draft.content_sha256, "saved_by": draft.saved_by},
    )


def _check_seen(draft: CaseDraft, seen: str) -> None:
    if draft.content_sha256 != seen:
        raise _moved(draft.incident_id)


def _moved(incident_id: str) -> ConflictError:
    told = ConflictError(
        f"the case draft of incident {incident_id!r} is not what you looked at; open it again"
    )
    told.told(zh="这份案例草稿别人改过了，请重新打开再看", code="other_content")
    return told


def _saved_at(ledger: Sequence[LedgerEntry]) -> int | None:
    """Tell which line of the ledger holds what was saved last."""
    newest = _newest(ledger, CASE_SAVED)
    return newest.seq if newest else None


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
