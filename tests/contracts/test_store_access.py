"""Every store keeps accounts, sources, tokens and sessions."""

from __future__ import annotations

import pytest

from graph.errors import ConflictError
from graph.model.access import Role, Scope, Session, Source, Token, User
from graph.ports import Store, Transaction
from tests.contracts.samples import T0, later


def user(name: str, *roles: Role) -> User:
    """Make an account."""
    return User(name=name, roles=roles, password_hash="argon2-of-it", sites=None, created_at=T0)


def token(id: str, token_hash: str) -> Token:
    """Make a token of user wang."""
    return Token(
        id=id, name="脚本", token_hash=token_hash, user="wang", scopes=(Scope.READ,), created_at=T0
    )


def session(id_hash: str, name: str) -> Session:
    """Make a session."""
    return Session(id_hash=id_hash, user=name, csrf="c", created_at=T0, expires_at=later(3600))


def test_an_empty_store_knows_nobody(store: Store) -> None:
    """Every lookup has an answer before anybody exists."""
    assert store.users() == ()
    assert store.sources() == ()
    assert store.tokens() == ()
    assert store.user("wang") is None
    assert store.source("am") is None
    assert store.token_by_hash("h") is None
    assert store.session("s") is None


def test_accounts_are_listed_by_name_and_found_exactly(store: Store) -> None:
    """Case and language of a name count."""
    names = ["wang", "Wang", "王医生", "admin"]
    for name in names:
        store.write(lambda t, name=name: t.put_user(user(name, Role.VIEWER)))  # type: ignore[misc]
    assert [found.name for found in store.users()] == ["Wang", "admin", "wang", "王医生"]
    assert store.user("WANG") is None
    assert store.user("王医生") == user("王医生", Role.VIEWER)


def test_an_account_is_replaced(store: Store) -> None:
    """The last word about a name stands."""
    store.write(lambda t: t.put_user(user("wang", Role.VIEWER)))
    store.write(lambda t: t.put_user(user("wang", Role.ADMIN)))
    assert store.users() == (user("wang", Role.ADMIN),)


def test_sources_are_listed_by_name(store: Store) -> None:
    """A source is found by name and replaced by name."""
    sources = [Source(name=n, created_at=T0) for n in ("demo-alerts", "am")]
    for source in sources:
        store.write(lambda t, source=source: t.put_source(source))  # type: ignore[misc]
    replay = Source(name="am", replay=True, created_at=T0)
    store.write(lambda t: t.put_source(replay))
    assert store.sources() == (replay, sources[0])
    assert store.source("am") == replay


def test_a_token_is_found_by_its_hash_until_it_is_revoked(store: Store) -> None:
    """Revoking tells whether there was one."""
    store.write(lambda t: t.put_token(token("t2", "h2")))
    store.write(lambda t: t.put_token(token("t1", "h1")))
    assert store.token_by_hash("h1") == token("t1", "h1")
    assert [found.id for found in store.tokens()] == ["t1", "t2"]
    assert store.write(lambda t: t.delete_token("t1")) is True
    assert store.write(lambda t: t.delete_token("t1")) is False
    assert store.token_by_hash("h1") is None


def test_a_renewed_token_forgets_its_old_hash(store: Store) -> None:
    """Only the newest hash of a token opens."""
    store.write(lambda t: t.put_token(token("t1", "old")))
    store.write(lambda t: t.put_token(token("t1", "new")))
    assert store.token_by_hash("old") is None
    assert store.token_by_hash("new") == token("t1", "new")


def test_two_tokens_never_share_a_hash(store: Store) -> None:
    """A hash stands for one token."""
    store.write(lambda t: t.put_token(token("t1", "h")))
    with pytest.raises(ConflictError):
        store.write(lambda t: t.put_token(token("t2", "h")))
    assert [found.id for found in store.tokens()] == ["t1"]


def test_sessions_end_one_by_one_or_all_of_a_user(store: Store) -> None:
    """Ending tells what there was; other people's sessions stay."""

    def sign_in(transaction: Transaction) -> None:
        for id_hash, name in [("a", "wang"), ("b", "wang"), ("c", "wang"), ("d", "li")]:
            transaction.put_session(session(id_hash, name))

    store.write(sign_in)
    assert store.session("a") == session("a", "wang")
    assert store.sessions_of("wang") == tuple(session(hashed, "wang") for hashed in "abc")
    assert store.sessions_of("nobody") == ()
    assert store.write(lambda t: [t.delete_session("a"), t.delete_session("a")]) == [True, False]
    assert store.write(lambda t: t.delete_sessions_of("wang")) == 2
    assert store.write(lambda t: t.delete_sessions_of("wang")) == 0
    assert store.session("b") is None
    assert store.session("d") == session("d", "li")
