"""Every store appends to one audit chain: no gap, no fork, in the transaction of what it tells."""

from __future__ import annotations

import pytest
from pydantic import JsonValue

from graph.audit_chain import verify_chain, verify_log
from graph.errors import ConflictError, InputError
from graph.model.audit import FIRST_PREVIOUS, AuditEvent
from graph.model.digest import audit_hash
from graph.ports import Page, Store, Transaction
from tests.contracts.samples import ANYBODY, T0, incident, later
from tests.contracts.test_store_transactions import in_threads


def add(store: Store, *kinds: str, detail: dict[str, JsonValue] | None = None) -> list[AuditEvent]:
    """Append a line per kind, all in one transaction."""

    def work(transaction: Transaction) -> list[AuditEvent]:
        return [
            transaction.add_audit(at=T0, actor="wang", kind=k, subject="rem-1", detail=detail or {})
            for k in kinds
        ]

    return store.write(work)


def test_an_empty_log_holds(store: Store) -> None:
    """There is nothing to read and nothing broken."""
    assert store.audit() == Page(items=(), next_cursor=None)
    assert store.audit_chain() == ()
    report = verify_log(store)
    assert (report.seq, report.head, report.broken) == (0, FIRST_PREVIOUS, None)


def test_a_line_says_what_was_told_and_is_chained(store: Store) -> None:
    """The store gives number, previous and hash; every type of detail survives."""
    detail: dict[str, JsonValue] = {"说明": [1, 2.5, None, True], "深": {"a": "<b>\u202e\u0000"}}
    first, second = add(store, "requested", "approved", detail=detail)
    assert (first.seq, first.previous) == (1, FIRST_PREVIOUS)
    assert (second.seq, second.previous) == (2, first.hash)
    assert (first.at, first.actor, first.kind) == (T0, "wang", "requested")
    assert (first.subject, first.detail) == ("rem-1", detail)
    assert first.hash == audit_hash(
        seq=1,
        at=T0,
        actor="wang",
        kind="requested",
        subject="rem-1",
        detail=detail,
        previous="0" * 64,
    )
    assert store.audit_chain() == (first, second)


def test_the_log_pages_newest_first(store: Store) -> None:
    """Every line stands once over all pages, also while new ones arrive."""
    lines = add(store, *(f"k{n}" for n in range(5)))
    page = store.audit(limit=2)
    assert page.items == (lines[4], lines[3])
    add(store, "later")
    page = store.audit(cursor=page.next_cursor, limit=2)
    assert page.items == (lines[2], lines[1])
    page = store.audit(cursor=page.next_cursor, limit=2)
    assert (page.items, page.next_cursor) == ((lines[0],), None)


def test_the_chain_is_read_oldest_first_in_pieces(store: Store) -> None:
    """`after` is left out, and at most `limit` lines come."""
    lines = tuple(add(store, *(f"k{n}" for n in range(5))))
    assert store.audit_chain(after=1, limit=2) == lines[1:3]
    assert store.audit_chain(after=5) == ()
    for page in (1, 2, 5, 1000):
        report = verify_log(store, page=page)
        assert (report.seq, report.head, report.broken) == (5, lines[4].hash, None)


@pytest.mark.parametrize("limit", [0, -1, 1001])
def test_a_page_size_out_of_range_is_refused(store: Store, limit: int) -> None:
    """A page has 1 to 1000 lines."""
    with pytest.raises(InputError, match="limit"):
        store.audit(limit=limit)
    with pytest.raises(InputError, match="limit"):
        store.audit_chain(limit=limit)


@pytest.mark.parametrize("cursor", ["", "x", "W10", "中文"])
def test_a_bad_cursor_is_refused(store: Store, cursor: str) -> None:
    """What no page gave is bad input."""
    with pytest.raises(InputError, match="cursor"):
        store.audit(cursor=cursor)


def test_a_rollback_leaves_no_gap(store: Store) -> None:
    """A line of a failed transaction was never there; the next one takes its number."""
    (first,) = add(store, "requested")

    def work(transaction: Transaction) -> None:
        line = transaction.add_audit(at=T0, actor="li", kind="lost", subject="", detail={})
        assert line.seq == 2
        assert transaction.audit_chain() == (first, line)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.write(work)
    (second,) = add(store, "approved")
    assert (second.seq, second.previous) == (2, first.hash)
    assert verify_chain(store.audit_chain()) is None


def test_a_line_is_there_exactly_when_its_change_is(store: Store) -> None:
    """Both are of one transaction: a refused change leaves no line that tells of it."""

    def work(transaction: Transaction) -> None:
        transaction.add_audit(at=T0, actor="li", kind="opened", subject="inc-1", detail={})
        transaction.put_incident(incident(), expected_version=None)

    store.write(work)
    with pytest.raises(ConflictError, match="version"):
        store.write(work)
    assert [line.seq for line in store.audit_chain()] == [1]
    assert store.incident(ANYBODY, "inc-1") == incident()


def test_many_writers_make_one_chain(store: Store) -> None:
    """Threads that append at once neither share a number nor fork the chain."""

    def work(n: int) -> None:
        for i in range(10):
            store.write(
                lambda t, i=i: t.add_audit(  # type: ignore[misc]
                    at=later(i), actor=f"p{n}", kind="tick", subject=f"{i}", detail={"n": n}
                )
            )

    in_threads(4, work)
    lines = store.audit_chain()
    assert [line.seq for line in lines] == list(range(1, 41))
    assert verify_chain(lines) is None
    for n in range(4):
        assert [line.subject for line in lines if line.actor == f"p{n}"] == list("0123456789")


@pytest.mark.parametrize("value", ["\ud800", 2**60, float("nan")])
def test_what_json_cannot_carry_is_refused_whole(store: Store, value: JsonValue) -> None:
    """A line that would read differently later is not written; the chain goes on."""
    add(store, "first")
    with pytest.raises(InputError, match="'odd'"):
        add(store, "odd", detail={"value": value})
    (second,) = add(store, "second")
    assert second.seq == 2
    assert verify_log(store).broken is None
