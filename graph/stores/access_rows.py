"""Rows of accounts: users, sources, tokens, sessions."""

from __future__ import annotations

from typing import Final

from graph.model.access import Session, Source, Token, User
from graph.stores import schema, sql

_USER: Final = "SELECT body FROM users WHERE name = :name"
_USERS: Final = "SELECT body FROM users ORDER BY name"
_SOURCE: Final = "SELECT body FROM sources WHERE name = :name"
_SOURCES: Final = "SELECT body FROM sources ORDER BY name"
_TOKEN_BY_HASH: Final = "SELECT body FROM tokens WHERE token_hash = :token_hash"
_TOKENS: Final = "SELECT body FROM tokens ORDER BY id"
_SESSION: Final = "SELECT body FROM sessions WHERE id_hash = :id_hash"
_SESSIONS_OF: Final = 'SELECT body FROM sessions WHERE "user" = :user ORDER BY id_hash'
_DELETE_SESSIONS_OF: Final = 'DELETE FROM sessions WHERE "user" = :user'


class AccessReads(sql.Rows):
    """`AccessReader` on rows; names are compared exactly."""

    def user(self, name: str) -> User | None:
        """Return one account or None."""
        body = self._text(_USER, name=name)
        return None if body is None else User.model_validate_json(body)

    def users(self) -> tuple[User, ...]:
        """List accounts by name."""
        return tuple(User.model_validate_json(body) for body in self._texts(_USERS))

    def source(self, name: str) -> Source | None:
        """Return one alert source or None."""
        body = self._text(_SOURCE, name=name)
        return None if body is None else Source.model_validate_json(body)

    def sources(self) -> tuple[Source, ...]:
        """List alert sources by name."""
        return tuple(Source.model_validate_json(body) for body in self._texts(_SOURCES))

    def token_by_hash(self, token_hash: str) -> Token | None:
        """Find a token by its sha256 hex, or None."""
        body = self._text(_TOKEN_BY_HASH, token_hash=token_hash)
        return None if body is None else Token.model_validate_json(body)

    def tokens(self) -> tuple[Token, ...]:
        """List tokens by id."""
        return tuple(Token.model_validate_json(body) for body in self._texts(_TOKENS))

    def session(self, id_hash: str) -> Session | None:
        """Find a session by the sha256 hex of its cookie, or None."""
        body = self._text(_SESSION, id_hash=id_hash)
        return None if body is None else Session.model_validate_json(body)

    def sessions_of(self, user: str) -> tuple[Session, ...]:
        """List the sessions of a user by their hashes, ended ones included."""
        bodies = self._texts(_SESSIONS_OF, user=user)
        return tuple(Session.model_validate_json(body) for body in bodies)


class AccessWrites(AccessReads):
    """`AccessReads`, and the writes of accounts."""

    def put_user(self, user: User) -> None:
        """Insert or replace an account."""
        self._put(sql.upsert(schema.USER), name=user.name, body=user.model_dump_json())

    def put_source(self, source: Source) -> None:
        """Insert or replace an alert source."""
        self._put(sql.upsert(schema.SOURCE), name=source.name, body=source.model_dump_json())

    def put_token(self, token: Token) -> None:
        """Insert or replace a token; ConflictError where its hash is another token's."""
        body = token.model_dump_json()
        self._put(sql.upsert(schema.TOKEN), id=token.id, token_hash=token.token_hash, body=body)

    def delete_token(self, token_id: str) -> bool:
        """Revoke a token; False when there is none."""
        return self._run(sql.delete(schema.TOKEN), id=token_id) == 1

    def put_session(self, session: Session) -> None:
        """Insert a session, or replace the one of its id."""
        body = session.model_dump_json()
        self._put(sql.upsert(schema.SESSION), id_hash=session.id_hash, user=session.user, body=body)

    def delete_session(self, id_hash: str) -> bool:
        """End a session; False when there is none."""
        return self._run(sql.delete(schema.SESSION), id_hash=id_hash) == 1

    def delete_sessions_of(self, user: str) -> int:
        """End every session of a user; returns how many."""
        return self._run(_DELETE_SESSIONS_OF, user=user)
