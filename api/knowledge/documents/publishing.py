"""A draft becomes what everybody reads when a second person has looked at its commands.

The move, its audit line and the end of the version before are one transaction (safety rule 8).
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from api.schemas.documents import SopVersionView
from graph.errors import InputError
from graph.model.access import Principal, Role
from graph.model.base import pack_of_id
from graph.model.document import SopVersion, VersionStatus
from graph.model.knowledge import Sop
from graph.model.pack import DomainPack
from graph.ports import Store, Transaction
from reasoning.remediation.book import not_before_last
from reasoning.remediation.editing import SOP_PUBLISHED, SOP_RETIRED, concerned_by, note_sop
from reasoning.remediation.people import check_session
from reasoning.remediation.policy import APPROVING
from reasoning.remediation.refusals import conflict, not_allowed, roles_named

_OWNING: Final = (Role.ACADEMIC_LEAD,)


def publish(
    store: Store, principal: Principal, version_id: str, *, content_sha256: str, at: datetime
) -> SopVersion:
    """Publish a draft, and end what was published of the same SOP.

    Raises: NotAllowedError `session_required`, `wrong_role`, `own_request`; NotFoundError;
        ConflictError `not_a_draft`, `other_content`.
    """

    def work(tx: Transaction) -> SopVersion:
        draft = _draft(tx, version_id)
        _check_publisher(principal, draft, pack_of(tx, draft.sop))
        if draft.content_sha256 != content_sha256:
            raise conflict(
                "other_content",
                zh="你看的不是现在这份草稿，请重新打开再看",
                en=f"{version_id!r} is not what you looked at; open it again",
            )
        for old in tx.sop_versions(
            sop_id=draft.sop_id, statuses=frozenset({VersionStatus.PUBLISHED})
        ):
            _move(tx, old, VersionStatus.SUPERSEDED, by=principal.name, at=at, why=draft.id)
        done = draft.model_copy(
            update={
                "status": VersionStatus.PUBLISHED,
                "version": draft.version + 1,
                "published_by": principal.name,
                "published_at": at,
            }
        )
        tx.put_sop_version(done, expected_version=draft.version)
        note_sop(tx, done, pack_of(tx, done.sop), kind=SOP_PUBLISHED, by=principal.name, at=at)
        return done

    return store.write(work)


def reject(
    store: Store, principal: Principal, version_id: str, *, reason: str, at: datetime
) -> SopVersion:
    """End a draft; whoever drafted it may do so too.

    Raises: NotAllowedError; NotFoundError; ConflictError `not_a_draft`.
    """

    def work(tx: Transaction) -> SopVersion:
        draft = _draft(tx, version_id)
        check_session(principal)
        if principal.name != draft.drafted_by:
            _check_role(principal, APPROVING)
        done = _move(tx, draft, VersionStatus.REJECTED, by=principal.name, at=at, why=reason)
        _note(tx, "sop_rejected", done, at=at)
        return done

    return store.write(work)


def retire(
    store: Store, principal: Principal, version_id: str, *, reason: str, at: datetime
) -> SopVersion:
    """Take what is published off the shelf; nobody finds it any more, its history stays.

    Raises: NotAllowedError; NotFoundError; ConflictError `not_published`.
    """

    def work(tx: Transaction) -> SopVersion:
        found = tx.sop_version(version_id)
        check_session(principal)
        pack = pack_of(tx, found.sop)
        _check_role(principal, publishers_of(found.sop, pack))
        if found.status is not VersionStatus.PUBLISHED:
            raise conflict(
                "not_published",
                zh="这个版本没有在用，不用撤下",
                en=f"{version_id!r} is not published; nothing is to be retired",
            )
        done = _move(tx, found, VersionStatus.RETIRED, by=principal.name, at=at, why=reason)
        note_sop(tx, done, pack, kind=SOP_RETIRED, by=principal.name, at=at)
        return done

    return store.write(work)


def view(store: Store, found: SopVersion) -> SopVersionView:
    """Show a version with the roles of which one may publish it."""
    waits = found.status is VersionStatus.DRAFT
    publishers = publishers_of(found.sop, pack_of(store, found.sop)) if waits else ()
    return SopVersionView(found=found, publishers=publishers)


def publishers_of(sop: Sop, pack: DomainPack) -> tuple[Role, ...]:
    """Tell in which role an SOP is published: what concerns exams or credits, in the owning one."""
    concerned = concerned_by(sop, pack)
    marked = {
        component.id
        for component in pack.components
        if component.attributes.get("affects_exam") or component.attributes.get("affects_credits")
    }
    marked |= {
        use.component_id
        for flow in pack.flows
        for step in flow.steps
        if step.affects_exam or step.affects_credits
        for use in step.uses
    }
    return _OWNING if concerned & marked else APPROVING


def pack_of(store: Store | Transaction, sop: Sop) -> DomainPack:
    """Give the pack that an SOP belongs to.

    Raises: InputError where it is not loaded.
    """
    name = pack_of_id(sop.id)
    if name not in {header.id for header in store.packs()}:
        raise InputError(f"pack {name!r} of SOP {sop.id!r} is not loaded; load it first")
    return store.pack(name)


def _draft(tx: Transaction, version_id: str) -> SopVersion:
    found = tx.sop_version(version_id)
    if found.status is not VersionStatus.DRAFT:
        raise conflict(
            "not_a_draft",
            zh="这个版本已经不是草稿，请刷新页面",
            en=f"{version_id!r} is {found.status}, no draft; read it again",
        )
    return found


def _check_publisher(principal: Principal, draft: SopVersion, pack: DomainPack) -> None:
    check_session(principal)
    _check_role(principal, publishers_of(draft.sop, pack))
    if principal.name == draft.drafted_by:
        raise not_allowed(
            "own_request",
            zh="自己起草的 SOP 不能自己发布，请另一个人核对命令后发布",
            en=f"{principal.name!r} drafted {draft.id!r}; another person must look and publish",
        )


def _check_role(principal: Principal, roles: tuple[Role, ...]) -> None:
    if not principal.roles & set(roles):
        named = roles_named(roles)
        raise not_allowed(
            "wrong_role",
            zh=f"这份 SOP 要由{named.zh}中的一位来定",
            en=f"{principal.name!r} is none of: {named.en}; ask one of them",
        )


def _move(
    tx: Transaction,
    found: SopVersion,
    status: VersionStatus,
    *,
    by: str,
    at: datetime,
    why: str,
) -> SopVersion:
    ended = {"ended_by": by, "ended_at": at, "ended_why": why}
    moved = found.model_copy(update={"status": status, "version": found.version + 1} | ended)
    tx.put_sop_version(moved, expected_version=found.version)
    return moved


def _note(tx: Transaction, kind: str, found: SopVersion, *, at: datetime) -> None:
    tx.add_audit(
        at=not_before_last(tx, at),
        actor=str(found.ended_by),
        kind=kind,
        subject=found.id,
        detail={"why": found.ended_why},
    )
