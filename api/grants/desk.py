"""The desk of grants: what no person may do alone once set-up is sealed (safety rule 2).

Asked by one person, confirmed by another, told to all who hold such roles, in force after a delay
in which each of them can object. Only signed-in people move a grant, never a token. A new password
comes in two halves, one to the asker and one to the confirmer: neither can enter alone.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Final

from api.accounts.passwords import hash_of, joined_halves
from api.accounts.sealing import stands_guard
from api.grants.moves import asked, confirmed, is_due, settled, stopped, turned_away
from api.grants.rules import check_confirmer, check_objector, open_grants
from api.schemas.grants import NewGrant
from graph.errors import EtiographError
from graph.model.access import Principal
from graph.model.base import Text
from graph.model.grant import OPEN_GRANTS, Grant, GrantKind, GrantStatus
from graph.ports import Store, Transaction
from reasoning.remediation.attempts import watched
from reasoning.remediation.moves import check_reason
from reasoning.remediation.people import check_session
from reasoning.remediation.refusals import conflict, gone, not_allowed

_WITH_PASSWORD: Final = frozenset({GrantKind.ACCOUNT, GrantKind.RESET})


class GrantDesk:
    """Every use case of grants; safe for threads. A refused attempt stands in the audit log."""

    def __init__(
        self,
        store: Store,
        hashed: Callable[[str], str],
        lowers: Callable[[str, str], tuple[Text, ...]] = lambda pack_id, content: (),
    ) -> None:
        """Keep grants in this store.

        Args:
            hashed: makes the stored form of a password.
            lowers: tells what a load that was refused demands less, by pack and content; () for
                one that nobody tried.
        """
        self._store: Final = store
        self._hashed: Final = hashed
        self._lowers: Final = lowers

    def ask(
        self, principal: Principal, wanted: NewGrant, *, at: datetime
    ) -> tuple[Grant, str | None]:
        """Ask for a grant; returns it with the asker's half of the password, where there is one.

        Raises: InputError; ConflictError; NotAllowedError `session_required`, `wrong_role`,
            `demo_account` or `own_benefit`.
        """
        grant_id, half = f"grant-{secrets.token_hex(8)}", self._half_for(wanted)
        with watched(self._store, principal, grant_id, call="grant_ask", at=at):
            check_session(principal)
            check_reason(wanted.reason, needed=True)
            lowers = self._lowered_by(wanted)
            grant = self._store.write(
                lambda tx: asked(
                    tx,
                    principal.name,
                    wanted,
                    grant_id=grant_id,
                    first_half=hash_of(half) if half else "",
                    lowers=lowers,
                    at=at,
                )
            )
        return grant, half

    def _half_for(self, wanted: NewGrant) -> str | None:
        """Draw the asker's half where a new password comes with the grant.

        So it does with somebody's first guarded role: whoever made the account knows the old one.
        """
        user = self._store.user(wanted.subject)
        first_role = wanted.kind is GrantKind.ROLES and not stands_guard(user)
        return _drawn() if first_role or wanted.kind in _WITH_PASSWORD else None

    def _lowered_by(self, wanted: NewGrant) -> tuple[Text, ...]:
        """Say what a lowering lowers, so that whoever confirms can read it."""
        if wanted.kind is not GrantKind.LOWERING:
            return ()
        known = self._lowers(wanted.subject, wanted.content)
        if wanted.content and not known:
            raise conflict(
                "not_tried",
                zh="服务启动以来没有人载入过这份内容，请先载入一次，看清它降低了什么再申请",
                en="nobody tried to load this content since the server started; load it once, read "
                "what it lowers, then ask",
            )
        return known

    def confirm(
        self, principal: Principal, grant_id: str, *, digest: str, at: datetime
    ) -> tuple[Grant, str | None]:
        """Agree to exactly this grant as another person; returns it with the second half.

        Raises: NotFoundError; NotAllowedError as `check_confirmer`; ConflictError `other_digest`
            or `other_state`; GoneError once it has expired.
        """
        with watched(self._store, principal, grant_id, call="grant_confirm", at=at):
            check_session(principal)
            found = self._store.grant(grant_id)
            check_confirmer(self._store, principal.name, found)
            half = _drawn() if found.first_half else None
            hashed = self._hashed(joined_halves(found.first_half, half)) if half else ""

            def work(tx: Transaction) -> Grant:
                grant = tx.grant(grant_id)
                check_confirmer(tx, principal.name, grant)
                _check_state(grant, frozenset({GrantStatus.REQUESTED}))
                _check_digest(grant, digest)
                ended = turned_away(tx, grant, at)
                return ended or confirmed(tx, grant, principal.name, password_hash=hashed, at=at)

            grant = self._store.write(work)
            if grant.status is not GrantStatus.CONFIRMED:
                raise _over(grant)
        return grant, half

    def object(self, principal: Principal, grant_id: str, reason: str, *, at: datetime) -> Grant:
        """Stop a grant before it takes effect; every lead and admin may.

        Raises: NotFoundError; NotAllowedError; InputError; ConflictError once it has ended.
        """
        with watched(self._store, principal, grant_id, call="grant_object", at=at):
            check_session(principal)
            check_reason(reason, needed=True)
            why = Text(zh=reason, en=reason)

            def work(tx: Transaction) -> Grant:
                check_objector(tx, principal.name)
                grant = _open(tx, grant_id)
                status = GrantStatus.OBJECTED
                return stopped(tx, grant, status, by=principal.name, why=why, at=at)

            return self._store.write(work)

    def withdraw(self, principal: Principal, grant_id: str, *, at: datetime) -> Grant:
        """Take one's own wish back before it takes effect.

        Raises: NotFoundError; NotAllowedError `not_yours`; ConflictError once it has ended.
        """
        with watched(self._store, principal, grant_id, call="grant_withdraw", at=at):
            check_session(principal)

            def work(tx: Transaction) -> Grant:
                grant = tx.grant(grant_id)
                if grant.asked_by != principal.name:
                    raise not_allowed(
                        "not_yours",
                        zh="只有申请人能收回；你可以反对它",
                        en=f"{grant_id!r} is not yours to withdraw; you may object to it",
                    )
                _check_state(grant, OPEN_GRANTS)
                status = GrantStatus.WITHDRAWN
                return stopped(tx, grant, status, by=principal.name, why=None, at=at)

            return self._store.write(work)

    def settle(self, at: datetime) -> int:
        """Bring into force, expire and void what is due; returns how many grants moved.

        Each is one transaction; whoever comes second finds it done.
        """
        due = [grant for grant in open_grants(self._store) if is_due(self._store, grant, at)]
        return sum(self._settled(grant, at) for grant in due)

    def _settled(self, grant: Grant, at: datetime) -> bool:
        moved = self._store.write(lambda tx: settled(tx, grant.id, at))
        return moved.version > grant.version


def _drawn() -> str:
    """Draw half a password: 80 bits."""
    return secrets.token_hex(10)


def _open(tx: Transaction, grant_id: str) -> Grant:
    grant = tx.grant(grant_id)
    _check_state(grant, OPEN_GRANTS)
    return grant


def _check_state(grant: Grant, allowed: frozenset[GrantStatus]) -> None:
    if grant.status not in allowed:
        raise _over(grant)


def _check_digest(grant: Grant, digest: str) -> None:
    if digest != grant.digest:
        raise conflict(
            "other_digest",
            zh="内容指纹和这项授权的不一样，请刷新页面，看清内容再确认",
            en=f"this is not the digest of {grant.id!r}; read it again before you confirm",
        )


def _over(grant: Grant) -> EtiographError:
    if grant.status is GrantStatus.EXPIRED:
        return gone(
            "grant_expired",
            zh="24 小时内没有人确认，这项申请已过期，请重新申请",
            en=f"nobody confirmed {grant.id!r} within 24 hours; ask again",
        )
    why = grant.ended_why
    return conflict(
        "other_state",
        zh=f"这项授权的状态已经变了{f'：{why.zh}' if why else ''}，请刷新页面再看",
        en=f"{grant.id!r} is {grant.status} already{f' ({why.en})' if why else ''}; read it again",
    )
