"""Whoever changes the file by hand is found out, wherever in the audit log it was done."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from graph.audit_chain import BreakReason, ChainBreak, verify_log
from graph.errors import StoreError
from graph.stores.embedded_store import EmbeddedGraphStore
from tests.contracts.samples import T0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Make a store whose audit log has six lines."""
    path = tmp_path / "store.db"
    with closing(EmbeddedGraphStore(path)) as store:
        for n in range(1, 7):
            store.write(
                lambda t, n=n: t.add_audit(  # type: ignore[misc]
                    at=T0, actor="wang", kind="approved", subject=f"rem-{n}", detail={"n": n}
                )
            )
    return path


def tamper(path: Path, statement: str) -> None:
    """Change the file as its owner can."""
    with closing(sqlite3.connect(path)) as connection, connection:
        assert connection.execute(statement).rowcount >= 1


@pytest.mark.parametrize(
    ("statement", "seq", "reason"),
    [
        (
            "UPDATE audit SET body = json_set(body, '$.actor', 'li') WHERE seq = 4",
            4,
            BreakReason.HASH_DIFFERS,
        ),
        (
            "UPDATE audit SET body = json_set(body, '$.detail.n', 9) WHERE seq = 1",
            1,
            BreakReason.HASH_DIFFERS,
        ),
        ("DELETE FROM audit WHERE seq = 3", 3, BreakReason.OUT_OF_SEQUENCE),
        ("DELETE FROM audit WHERE seq = 1", 1, BreakReason.OUT_OF_SEQUENCE),
        ("UPDATE audit SET seq = seq + 100 WHERE seq = 2", 2, BreakReason.OUT_OF_SEQUENCE),
        (
            "INSERT INTO audit SELECT 7, hash, body FROM audit WHERE seq = 6",
            7,
            BreakReason.OUT_OF_SEQUENCE,
        ),
    ],
)
@pytest.mark.parametrize("page", [1, 2, 500])
def test_a_change_by_hand_is_named(
    path: Path, statement: str, seq: int, reason: BreakReason, page: int
) -> None:
    """Edited, removed, renumbered or doubled: the first broken line, and how far it is sound."""
    tamper(path, statement)
    with closing(EmbeddedGraphStore(path)) as store:
        report = verify_log(store, page=page)
        assert report.broken == ChainBreak(seq=seq, reason=reason)
        assert report.seq == seq - 1


def test_an_unreadable_line_is_named(path: Path) -> None:
    """It is an error of the tree that says which line, not a crash."""
    tamper(path, "UPDATE audit SET body = 'gone' WHERE seq = 5")
    with (
        closing(EmbeddedGraphStore(path)) as store,
        pytest.raises(StoreError, match="audit line 5"),
    ):
        verify_log(store)


def test_a_line_after_a_changed_one_does_not_heal_it(path: Path) -> None:
    """The log goes on, and the changed line stays the first that is broken."""
    tamper(path, "UPDATE audit SET body = json_set(body, '$.subject', 'x') WHERE seq = 6")
    with closing(EmbeddedGraphStore(path)) as store:
        store.write(lambda t: t.add_audit(at=T0, actor="li", kind="k", subject="", detail={}))
        assert verify_log(store).broken == ChainBreak(seq=6, reason=BreakReason.HASH_DIFFERS)


def test_two_processes_append_to_one_chain(path: Path) -> None:
    """Stores with connections of their own take turns on the same file."""
    with closing(EmbeddedGraphStore(path)) as first, closing(EmbeddedGraphStore(path)) as second:
        for store in (first, second, second, first):
            store.write(lambda t: t.add_audit(at=T0, actor="a", kind="k", subject="", detail={}))
        assert verify_log(first).seq == 10
        assert verify_log(second).broken is None
