"""Every move of a grant, written with its audit line: all of it or nothing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from pydantic import JsonValue

from api.grants.rules import check_asker, check_confirmer, check_wanted, state_of, walk
from api.schemas.grants import NewGrant
from graph.errors import EtiographError
from graph.model.access import User
from graph.model.base import Text
from graph.model.digest import instant_text, sha256_hex
from graph.model.grant import OPEN_GRANTS, Grant, GrantKind, GrantStatus
from graph.ports import RemediationReader, Transaction
from reasoning.remediation.book import not_before_last

ENGINE: Final = "engine"
# From the confirmation to the effect: long enough for a lead in a meeting to look at a phone and
# object, short enough to make a deputy an approver on the evening of an exam.
GRANT_DELAY: Final = timedelta(minutes=15)
# What nobody confirmed within a day is forgotten by whoever asked; a night and a shift fit in.
GRANT_LIFE: Final = timedelta(hours=24)
# A clock that was set back by more than this voids what is open (as for remediations).
CLOCK_JUMP: Final = timedelta(seconds=60)

_S: Final = GrantStatus
# The life of a grant; whatever is not listed never happens.
EDGES: Final[dict[GrantStatus, frozenset[GrantStatus]]] = {
    _S.REQUESTED: frozenset({_S.CONFIRMED, _S.OBJECTED, _S.WITHDRAWN, _S.EXPIRED, _S.VOIDED}),
    _S.CONFIRMED: frozenset({_S.EFFECTIVE, _S.OBJECTED, _S.WITHDRAWN, _S.VOIDED}),
    # A lowering only: of the others nothing is left to use.
    _S.EFFECTIVE: frozenset({_S.USED, _S.VOIDED}),
}

_CLOCK: Final = Text(
    zh="时钟往回拨了 1 分钟以上", en="the clock was set back by more than a minute"
)
_MOVED: Final = Text(
    zh="这个账号在此期间变了，请重新申请", en="the account changed in between; ask again"
)


def asked(
    tx: Transaction,
    name: str,
    wanted: NewGrant,
    *,
    grant_id: str,
    first_half: str,
    lowers: tuple[Text, ...],
    at: datetime,
) -> Grant:
    """Write down what a person asks for.

    Raises: as `check_wanted` and `check_asker`.
    """
    check_wanted_by(tx, name, wanted)
    now = not_before_last(tx, at)
    lowering = wanted.kind is GrantKind.LOWERING
    binds = wanted.content if lowering else state_of(tx, wanted.subject)
    fields: dict[str, JsonValue] = {
        "id": grant_id,
        **wanted.model_dump(mode="json", exclude={"content"}),
        "roles": [role.value for role in sorted(set(wanted.roles))],
        "binds": binds,
        "lowers": [text.model_dump() for text in lowers],
        "asked_by": name,
        "asked_at": instant_text(now),
    }
    grant = Grant(
        id=grant_id,
        kind=wanted.kind,
        subject=wanted.subject,
        roles=tuple(sorted(set(wanted.roles))),
        sites=wanted.sites,
        lowers=lowers,
        reason=wanted.reason,
        binds=binds,
        digest=sha256_hex(fields),
        asked_by=name,
        asked_at=now,
        expires_at=now + GRANT_LIFE,
        first_half=first_half,
    )
    tx.put_grant(grant, expected_version=None)
    _note(tx, grant, "grant_asked", actor=name, at=now)
    return grant


def check_wanted_by(tx: Transaction, name: str, wanted: NewGrant) -> None:
    """Judge the person before the wish: who may not ask learns nothing of accounts."""
    check_asker(tx, name, wanted.kind, wanted.subject)
    check_wanted(tx, wanted)


def confirmed(
    tx: Transaction, grant: Grant, name: str, *, password_hash: str, at: datetime
) -> Grant:
    """Let a second person agree; from now on the delay runs."""
    now = not_before_last(tx, at)
    return _move(
        tx,
        grant,
        "grant_confirmed",
        actor=name,
        at=now,
        status=_S.CONFIRMED,
        confirmed_by=name,
        confirmed_at=now,
        effective_at=now + GRANT_DELAY,
        password_hash=password_hash,
    )


def stopped(
    tx: Transaction, grant: Grant, status: GrantStatus, *, by: str, why: Text | None, at: datetime
) -> Grant:
    """End a grant before it takes effect."""
    now = not_before_last(tx, at)
    changes: dict[str, object] = {"status": status, "ended_why": why}
    return _move(tx, grant, f"grant_{status}", actor=by, at=now, **changes)


def turned_away(tx: Transaction, grant: Grant, at: datetime) -> Grant | None:
    """End an open grant whose time is over or whose ground has moved; None where it stands."""
    now = not_before_last(tx, at)
    if now - at > CLOCK_JUMP:
        return stopped(tx, grant, _S.VOIDED, by=ENGINE, why=_CLOCK, at=now)
    if grant.status is _S.REQUESTED and grant.expires_at <= now:
        return stopped(tx, grant, _S.EXPIRED, by=ENGINE, why=None, at=now)
    why = _moved_ground(tx, grant)
    if why is not None:
        return stopped(tx, grant, _S.VOIDED, by=ENGINE, why=why, at=now)
    return None


def settled(tx: Transaction, grant_id: str, at: datetime) -> Grant:
    """Do what time demands of a grant: let it expire, end it, or bring it into force, once."""
    grant = tx.grant(grant_id)
    if grant.status not in OPEN_GRANTS:
        return grant
    ended = turned_away(tx, grant, at)
    if ended is not None:
        return ended
    now = not_before_last(tx, at)
    if grant.effective_at is None or grant.effective_at > now:
        return grant
    _apply(tx, grant, now)
    return _move(tx, grant, "grant_effective", actor=ENGINE, at=now, status=_S.EFFECTIVE)


def use_lowering(tx: Transaction, pack_id: str, content: str, *, by: str, at: datetime) -> bool:
    """Use up the grant by which exactly this content may be loaded; False where there is none.

    It holds for a day, and once: what is raised afterwards is not lowered again by it.
    """
    now = not_before_last(tx, at)
    for grant in walk(tx, frozenset({_S.EFFECTIVE})):
        fits = (grant.kind, grant.subject, grant.binds) == (GrantKind.LOWERING, pack_id, content)
        since = grant.effective_at
        if fits and since is not None and now < since + GRANT_LIFE:
            _move(tx, grant, "grant_used", actor=by, at=now, status=_S.USED)
            return True
    return False


def is_due(reader: RemediationReader, grant: Grant, at: datetime) -> bool:
    """Tell whether time demands something of an open grant."""
    if not_before_last(reader, at) - at > CLOCK_JUMP:
        return True
    end = grant.effective_at if grant.status is _S.CONFIRMED else grant.expires_at
    return end is not None and end <= at


def _moved_ground(tx: Transaction, grant: Grant) -> Text | None:
    """Say what a grant rests on that is no longer so: its people and the account itself."""
    try:
        check_asker(tx, grant.asked_by, grant.kind, grant.subject)
        if grant.confirmed_by is not None:
            check_confirmer(tx, grant.confirmed_by, grant)
    except EtiographError:
        return Text(
            zh="申请人或确认人已没有相应角色", en="who asked or confirmed lost the role for it"
        )
    same = grant.kind is GrantKind.LOWERING or state_of(tx, grant.subject) == grant.binds
    if not same or (grant.kind is GrantKind.ACCOUNT and tx.source(grant.subject) is not None):
        return _MOVED
    return None


def _apply(tx: Transaction, grant: Grant, now: datetime) -> None:
    user = tx.user(grant.subject)
    if grant.kind is GrantKind.ACCOUNT:
        tx.put_user(
            User(
                name=grant.subject,
                roles=grant.roles,
                password_hash=grant.password_hash,
                sites=grant.sites,
                halves=True,
                created_at=now,
            )
        )
    elif user is not None and grant.kind is not GrantKind.LOWERING:
        changes: dict[str, object] = {"roles": tuple(sorted({*user.roles, *grant.roles}))}
        if grant.password_hash:
            changes |= {"password_hash": grant.password_hash, "halves": True, "chosen": False}
            tx.delete_sessions_of(grant.subject)
        tx.put_user(user.model_copy(update=changes))


def _move(
    tx: Transaction, grant: Grant, kind: str, *, actor: str, at: datetime, **changes: object
) -> Grant:
    """Write the next version; whatever ends keeps no secret.

    Raises: ValueError for a move that its life does not know (a fault of the caller).
    """
    status = changes["status"]
    if status not in EDGES.get(grant.status, frozenset()):
        raise ValueError(f"{grant.id!r}: {grant.status} -> {status}")
    if status not in OPEN_GRANTS:
        changes |= {"ended_by": actor, "ended_at": at, "first_half": "", "password_hash": ""}
    changes["version"] = grant.version + 1
    moved = Grant.model_validate(grant.model_copy(update=changes).model_dump())
    tx.put_grant(moved, expected_version=grant.version)
    _note(tx, moved, kind, actor=actor, at=at)
    return moved


def _note(tx: Transaction, grant: Grant, kind: str, *, actor: str, at: datetime) -> None:
    detail: dict[str, JsonValue] = {
        "kind": grant.kind,
        "subject": grant.subject,
        "roles": [role.value for role in grant.roles],
        "digest": grant.digest,
        "status": grant.status,
    }
    tx.add_audit(at=at, actor=actor, kind=kind, subject=grant.id, detail=detail)
