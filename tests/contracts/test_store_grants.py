"""Every store keeps grants, lets one move claim a version, and is sealed once and for good."""

from __future__ import annotations

import pytest

from graph.errors import ConflictError, InputError, NotFoundError
from graph.model.access import Role
from graph.model.base import Text
from graph.model.grant import OPEN_GRANTS, Grant, GrantKind, GrantStatus, Seal
from graph.ports import Page, Store, Transaction
from tests.contracts.samples import T0, later
from tests.contracts.test_store_transactions import in_threads


def grant(number: int = 1, *, asked_s: float = 0.0, **changes: object) -> Grant:
    """Make a grant of two roles to 王医生."""
    made = Grant(
        id=f"grant-{number}",
        kind=GrantKind.ROLES,
        subject="王医生",
        roles=(Role.OPS_LEAD, Role.ADMIN),
        sites=("north",),
        reason="夜班 <b>",
        binds="b" * 64,
        digest="d" * 64,
        asked_by="he",
        asked_at=later(asked_s),
        expires_at=later(asked_s + 86_400),
    )
    return made.model_copy(update=changes)


def put(store: Store, *grants: Grant) -> None:
    """Store new grants."""

    def work(tx: Transaction) -> None:
        for one in grants:
            tx.put_grant(one, expected_version=None)

    store.write(work)


def ids(page: Page) -> list[str]:
    """Name the grants of a page."""
    return [item.id for item in page.items if isinstance(item, Grant)]


def test_an_empty_store_has_no_grants_and_no_seal(store: Store) -> None:
    """Every reading call has an answer before anything is stored."""
    assert store.grants() == Page(items=(), next_cursor=None)
    assert store.seal() is None
    with pytest.raises(NotFoundError, match="'grant-1'"):
        store.grant("grant-1")


def test_a_grant_comes_back_as_it_was(store: Store) -> None:
    """Every field survives, in the transaction and after it."""
    ended = grant(
        status=GrantStatus.OBJECTED,
        confirmed_by="li",
        confirmed_at=later(1.5),
        effective_at=later(901.5),
        ended_by="wu",
        ended_at=later(60),
        ended_why=Text(zh="不认识", en="unknown"),
        first_half="f" * 64,
        password_hash="argon2",
    )

    def work(tx: Transaction) -> Grant:
        tx.put_grant(ended, expected_version=None)
        return tx.grant("grant-1")

    assert store.write(work) == ended == store.grant("grant-1")


def test_grants_are_paged_newest_first_and_by_status(store: Store) -> None:
    """Equal instants are in order of id; a cursor goes on where the page ended."""
    put(store, *(grant(n, asked_s=n // 2) for n in range(1, 6)))
    done = grant(4, asked_s=2, version=2, status=GrantStatus.EFFECTIVE)
    store.write(lambda tx: tx.put_grant(done, expected_version=1))
    first = store.grants(limit=3)
    rest = store.grants(limit=3, cursor=first.next_cursor)
    assert ids(first) + ids(rest) == [f"grant-{n}" for n in (4, 5, 2, 3, 1)]
    assert rest.next_cursor is None
    assert ids(store.grants(statuses=OPEN_GRANTS)) == [f"grant-{n}" for n in (5, 2, 3, 1)]
    assert ids(store.grants(statuses=frozenset())) == []


def test_a_foreign_cursor_or_a_senseless_limit_is_refused(store: Store) -> None:
    """What no list of grants gave is no place in it."""
    with pytest.raises(InputError, match="cursor"):
        store.grants(cursor="nonsense")
    with pytest.raises(InputError, match="limit"):
        store.grants(limit=0)


@pytest.mark.parametrize(("expected", "version"), [(None, 1), (2, 3), (1, 1), (1, 3)])
def test_a_grant_is_replaced_only_by_its_next_version(
    store: Store, expected: int | None, version: int
) -> None:
    """Who saw another version, or skips one, writes nothing."""
    put(store, grant())
    late = grant(status=GrantStatus.CONFIRMED, version=version)
    with pytest.raises(ConflictError, match="'grant-1'"):
        store.write(lambda tx: tx.put_grant(late, expected_version=expected))
    assert store.grant("grant-1") == grant()


def test_of_many_who_move_a_grant_at_once_one_succeeds(store: Store) -> None:
    """A version is claimed once."""
    put(store, grant())
    moved = grant(status=GrantStatus.CONFIRMED, version=2)

    def claim(_: int) -> bool:
        try:
            store.write(lambda tx: tx.put_grant(moved, expected_version=1))
        except ConflictError:
            return False
        return True

    assert in_threads(6, claim).count(True) == 1


def test_set_up_is_sealed_once(store: Store) -> None:
    """The first seal stays, whoever comes later."""
    first, second = Seal(at=T0, name="he"), Seal(at=later(5), name="wu")
    assert store.write(lambda tx: [tx.put_seal(first), tx.put_seal(second)]) == [True, False]
    assert store.seal() == first


def test_a_failed_move_leaves_no_grant_and_no_seal(store: Store) -> None:
    """Both belong to their transaction."""

    def work(tx: Transaction) -> None:
        tx.put_seal(Seal(at=T0, name="he"))
        for _ in range(2):
            tx.put_grant(grant(), expected_version=None)

    with pytest.raises(ConflictError):
        store.write(work)
    assert store.seal() is None
    assert store.grants().items == ()
