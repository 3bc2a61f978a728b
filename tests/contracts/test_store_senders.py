"""Who sends is confirmed by what is written: never by what was read before somebody else wrote."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final, TypeVar, cast

import pytest

from graph.errors import UnauthenticatedError
from graph.model.access import Principal, Scope, Source, Token
from graph.ports import Store, Transaction
from graph.stores.embedded_store import EmbeddedGraphStore
from graph.stores.neo4j_store import Neo4jGraphStore
from ingest.intake import Intake, IntakeResult
from ingest.sender import Sender
from tests.contracts.conftest import neo4j_store
from tests.contracts.full_house import all_records
from tests.neo4j_server import Neo4jServer
from tests.payloads import alert, payload
from tests.small_pack import START, after, small_pack

T = TypeVar("T")
SOURCE: Final = Source(name="s", created_at=START)
TOKEN: Final = Token(
    id="t-1",
    name="s",
    token_hash="0" * 64,
    source="s",
    scopes=(Scope.INGEST,),
    created_at=START,
)
SENDER: Final = Sender(TOKEN, SOURCE)
PRINCIPAL: Final = Principal(name="s", source="s")


def furnished(store: Store) -> Intake:
    """Load the pack, the source and its token."""

    def work(tx: Transaction) -> None:
        tx.replace_pack(small_pack())
        tx.put_source(SOURCE)
        tx.put_token(TOKEN)

    store.write(work)
    return Intake(store)


def taken(
    intake: Intake, number: int, sender: Sender = SENDER, *, service: str = "cdn-a"
) -> IntakeResult:
    """Send the alert of a number; the first opens an incident, which is remembered from then on."""
    name, severity = ("PlaybackFailureHigh", "warning") if number else ("NodeDown", "critical")
    body = payload(alert(name, at=after(number), service=service, severity=severity))
    return intake.receive_alertmanager(PRINCIPAL, body, received_at=after(60), sender=sender)


def test_a_sender_is_taken_in_while_the_token_stands(store: Store) -> None:
    """Three payloads; then the token goes, and what follows leaves no trace."""
    intake = furnished(store)
    assert [taken(intake, number).accepted for number in range(3)] == [1, 1, 1]
    assert taken(intake, 2).duplicates == 1
    store.write(lambda tx: tx.delete_token(TOKEN.id))
    _refused(store, intake)


def test_a_sender_that_never_was_is_refused(store: Store) -> None:
    """Nothing is remembered of it: neither of its source nor of another token."""
    intake = furnished(store)
    taken(intake, 0)
    for wrong in (
        Sender(TOKEN.model_copy(update={"token_hash": "1" * 64}), SOURCE),
        Sender(TOKEN.model_copy(update={"id": "t-2"}), SOURCE),
        Sender(TOKEN, SOURCE.model_copy(update={"replay": True})),
    ):
        _refused(store, intake, wrong)
    assert taken(intake, 1).accepted == 1


def test_who_revokes_from_another_process_is_heard_at_once(tmp_path: Path) -> None:
    """A second connection to the file takes the token away between two payloads."""
    path = tmp_path / "store.db"
    with closing(EmbeddedGraphStore(path)) as ours, closing(EmbeddedGraphStore(path)) as theirs:
        _revoked_between(ours, theirs)


def test_who_revokes_at_the_server_is_heard_at_once(
    server: Neo4jServer, server_store: Neo4jGraphStore
) -> None:
    """The same on Neo4j."""
    with closing(neo4j_store(server)) as theirs:
        _revoked_between(server_store, theirs)


@pytest.mark.parametrize("before", [1, 2])
def test_a_token_revoked_while_a_payload_is_placed_stores_nothing(
    server: Neo4jServer, server_store: Neo4jGraphStore, before: int
) -> None:
    """The work is done, the write is not sent yet: another process is first, so it is not done."""
    with closing(neo4j_store(server)) as theirs:
        meddled = Meddled(server_store, lambda: theirs.write(lambda tx: tx.delete_token(TOKEN.id)))
        furnished(server_store)
        intake = Intake(cast(Store, meddled))  # an intake only writes
        for number in range(before):
            assert taken(intake, number).accepted == 1
        meddled.armed = True
        _refused(server_store, intake)
        assert not meddled.armed


def test_a_database_emptied_and_filled_again_is_not_the_one_before(
    server: Neo4jServer, server_store: Neo4jGraphStore
) -> None:
    """Beneath a running process somebody writes as often as it had, but gives the token to none."""
    intake = furnished(server_store)
    assert [taken(intake, number).accepted for number in range(2)] == [1, 1]
    server.clear()
    with closing(neo4j_store(server)) as theirs:
        theirs.write(lambda tx: tx.replace_pack(small_pack()))
        for _ in range(2):
            theirs.write(lambda tx: tx.put_source(SOURCE))
    # Of a component that nobody knows: it names no incident whose lack would be noticed.
    _refused(server_store, intake, service="nobody-knows")


class Meddled:
    """A store; once `armed`, somebody else writes between the work of a write and its end."""

    def __init__(self, store: Neo4jGraphStore, meddle: Callable[[], object]) -> None:
        self._store: Final = store
        self._meddle: Final = meddle
        self.armed = False

    def write(self, work: Callable[[Transaction], T]) -> T:
        """Write, and let the other be first."""

        def between(tx: Transaction) -> T:
            gave = work(tx)
            if self.armed:
                self.armed = False
                self._meddle()
            return gave

        return self._store.write(between)


def _revoked_between(ours: Store, theirs: Store) -> None:
    intake = furnished(ours)
    assert [taken(intake, number).accepted for number in range(2)] == [1, 1]
    theirs.write(lambda tx: tx.delete_token(TOKEN.id))
    _refused(ours, intake)


def _refused(
    store: Store, intake: Intake, sender: Sender = SENDER, *, service: str = "cdn-a"
) -> None:
    """See a payload refused, and every record as it was."""
    before = all_records(store)
    with pytest.raises(UnauthenticatedError):
        taken(intake, 9, sender, service=service)
    assert all_records(store) == before
