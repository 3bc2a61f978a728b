"""The rules by which accounts, tokens and sources come into the store."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Final

from api.accounts.sealing import LOCAL, is_sealed
from api.schemas.admin import NewToken
from graph.errors import ConflictError, Detail, InputError, NotFoundError
from graph.model.access import Scope, Source, Token, User
from graph.model.moving import NO_PASSWORD
from graph.ports import AccessReader, Transaction
from reasoning.remediation.book import not_before_last
from reasoning.remediation.refusals import not_allowed

# Who makes what nobody in particular asked for: the program itself, while it is set up.
SET_UP: Final = f"{LOCAL}set-up"
_HARMLESS: Final = frozenset({Scope.READ, Scope.INGEST})


def new_token(wanted: NewToken, token_hash: str, now: datetime) -> Token:
    """Make the record of a token whose text has this hash; read alone unless scopes are named."""
    scopes = (Scope.INGEST,) if wanted.source else (wanted.scopes or (Scope.READ,))
    return Token(
        id="tok-" + secrets.token_hex(8),
        name=wanted.name,
        token_hash=token_hash,
        user=wanted.user,
        source=wanted.source,
        scopes=scopes,
        created_at=now,
    )


def put_user(tx: Transaction, user: User) -> None:
    """Store a new account.

    Raises: ConflictError if a person or a source has the name.
    """
    if tx.user(user.name) is not None or tx.source(user.name) is not None:
        raise ConflictError(f"{user.name!r} exists already; choose another name")
    tx.put_user(user)


def put_demo_user(tx: Transaction, user: User) -> None:
    """Store a demo account, new or in the place of the one that a rebuild brought.

    Raises: as `put_user`.
    """
    known = tx.user(user.name)
    if known is not None and known.demo and known.password_hash == NO_PASSWORD:
        tx.put_user(user)
    else:
        put_user(tx, user)


def put_source(tx: Transaction, source: Source) -> None:
    """Store a source that is new; a known one stays as it is.

    Raises: ConflictError if a person has the name, or the source exists with another `replay`.
    """
    known = tx.source(source.name)
    if known is None and tx.user(source.name) is not None:
        raise ConflictError(f"{source.name!r} is a user; choose another name for the source")
    if known is not None and known.replay != source.replay:
        raise ConflictError(
            f"source {source.name!r} exists with replay={known.replay}; it cannot change"
        )
    if known is None:
        tx.put_source(source)


def check_token(wanted: NewToken) -> None:
    """Refuse a token for nobody, for two, or with scopes that its bearer cannot have.

    Raises: InputError naming the field.
    """
    if (wanted.user is None) == (wanted.source is None):
        detail = "give exactly one of user and source"
        raise InputError(detail, [Detail("/user", detail)])
    if wanted.source and wanted.scopes:
        detail = "a source's token can only post alerts and changes; give no scopes"
        raise InputError(detail, [Detail("/scopes", detail)])
    if wanted.user and (wanted.replay or Scope.INGEST in wanted.scopes):
        detail = "only a source's token posts alerts; use source instead of user"
        raise InputError(detail, [Detail("/scopes", detail)])


def check_for_others(reader: AccessReader, token: Token, *, by: str) -> None:
    """Let through a token that somebody may make for another account: one that only reads.

    Whoever could make one that acts would act under another's name. Until set-up is sealed the
    owner of the data folder may, by command.

    Raises: NotAllowedError `own_token_only`.
    """
    setting_up = by.startswith(LOCAL) and not is_sealed(reader)
    if setting_up or set(token.scopes) <= _HARMLESS:
        return
    raise not_allowed(
        "own_token_only",
        zh=f"能操作的令牌只能由 {token.user} 本人登录后申请；替别人只能建只读令牌",
        en=f"a token that acts is made by {token.user!r} alone, signed in; for others make one "
        "that only reads",
    )


def known_token(reader: AccessReader, token_id: str) -> Token:
    """Return a token.

    Raises: NotFoundError.
    """
    for token in reader.tokens():
        if token.id == token_id:
            return token
    raise NotFoundError(f"no token {token_id!r}; `GET /api/v1/tokens` lists them")


def note_token(tx: Transaction, kind: str, token: Token, *, by: str, at: datetime) -> None:
    """Write into the audit log that a token came or went; never its text or hash."""
    tx.add_audit(
        at=not_before_last(tx, at),
        actor=by,
        kind=kind,
        subject=token.id,
        detail={
            "name": token.name,
            "for": token.user or token.source,
            "scopes": [scope.value for scope in token.scopes],
        },
    )
