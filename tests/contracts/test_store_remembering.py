"""What an intake remembers is what it would read: the same is stored, whoever else writes."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final

from graph.model.access import Principal, Source
from graph.model.incident import Incident
from graph.model.people import PeopleReport
from graph.ports import Store
from graph.stores.embedded_store import EmbeddedGraphStore
from graph.stores.neo4j_store import Neo4jGraphStore
from ingest.context import PackShelf
from ingest.incidents import pass_time
from ingest.intake import Intake, IntakeResult
from tests.bench_room import HEARTBEAT_START, READER
from tests.contracts.conftest import neo4j_store
from tests.contracts.full_house import all_records
from tests.ingest.test_people import small_pack_with_people
from tests.neo4j_server import Neo4jServer
from tests.payloads import alert, payload
from tests.small_pack import START, after

SENDER: Final = Principal(name="s", source="s")
Step = Callable[[Store, Intake], IntakeResult | None]


def failing(client: str, at_s: float) -> dict[str, object]:
    """Let a client complain of its playback."""
    return alert("PlaybackFailureHigh", at=after(at_s), service=f"client-{client}")


def sent(*alerts: dict[str, object], at_s: float) -> Step:
    """Post alerts."""
    return lambda _, intake: intake.receive_alertmanager(
        SENDER, payload(*alerts), received_at=after(at_s)
    )


def changed(name: str, at_s: float, *, target: str = "cdn-a") -> Step:
    """Tell of a change, sent when the evening begins to go wrong."""
    told = {
        "schema": "change/v1",
        "id": name,
        "at": after(at_s).isoformat(),
        "kind": "config",
        "targets": [f"small:{target}"],
        "actor": "bot",
        "summary": "",
    }
    body = json.dumps(told).encode()
    return lambda _, intake: intake.receive_changes(SENDER, body, received_at=after(max(at_s, 0)))


def owned(store: Store, _: Intake) -> None:
    """Let a person take over the first incident, past the intake."""
    first = store.incidents(READER).items[0]
    assert isinstance(first, Incident)
    mine = first.model_copy(update={"owner": f"wang-{first.version}", "version": first.version + 1})
    store.write(lambda tx: tx.put_incident(mine, expected_version=first.version))


def worked(store: Store, _: Intake) -> None:
    """Let a worker take the diagnosis of an incident, and be done with it."""
    job = store.write(lambda tx: tx.claim_job(at=after(300)))
    assert job is not None
    store.write(lambda tx: tx.finish_job(job.id))


def aged(at_s: float) -> Step:
    """Let the clock tick."""

    def step(store: Store, _: Intake) -> None:
        pass_time(store, PackShelf(), after(at_s))

    return step


def reported(store: Store, intake: Intake) -> IntakeResult:
    """Take a call about the exam, the same each time."""
    report = PeopleReport(flow_step="study", region="r2", carrier="mobile", at=after(150))
    return intake.receive_report(Principal(name="zhou"), report, received_at=after(205))


QUARANTINED: Final = alert("PlaybackFailureHigh", at=after(5), service="nobody-knows")
EVENING: Final[tuple[Step, ...]] = (
    changed("long-before", -8500, target="cdn-b"),
    sent(failing("r1-telecom", 0), QUARANTINED, at_s=60),
    sent(failing("r1-mobile", 10), at_s=70),
    sent(failing("r2-telecom", 20), failing("r2-mobile", 20), at_s=80),
    worked,
    sent(failing("r2-telecom", 20), QUARANTINED, at_s=81),  # again
    sent(alert("Watchdog", at=HEARTBEAT_START), at_s=85),
    sent(alert("Watchdog", at=HEARTBEAT_START), at_s=115),
    changed("early", 90),
    sent(
        alert(
            "PlaybackFailureHigh",
            at=after(0),
            status="resolved",
            ends_at=after(119),
            service="client-r1-telecom",
        ),
        at_s=120,
    ),
    sent(alert("ExamEntrySlow", at=after(100), service="report-api"), at_s=121),
    owned,
    sent(alert("NodeDown", at=after(110), service="cdn-a", severity="critical"), at_s=122),
    sent(alert("NodeDown", at=after(-7200), service="cdn-b", severity="critical"), at_s=123),
    aged(200),
    reported,
    sent(failing("r3-telecom", 130), at_s=210),
    reported,
    owned,
    sent(failing("r3-telecom", 140), at_s=215),
    worked,
    sent(failing("r2-mobile", 141), at_s=216),
    sent(failing("r1-telecom", 142), at_s=217),
    sent(failing("r3-mobile", 131), QUARANTINED, at_s=100),  # received before the one before
    sent(failing("r3-mobile", 131), at_s=220),
    sent(failing("r2-mobile", 151), at_s=221),
    sent(failing("r1-mobile", 6000), at_s=6060),  # long after
    sent(failing("r1-telecom", 6001), failing("r1-mobile", 6000), at_s=6061),
)


def told(store: Store, intakes: Callable[[int], Intake]) -> list[IntakeResult | None]:
    """Tell the evening to a store with the small pack; `intakes` gives that of each step."""
    store.write(lambda tx: tx.replace_pack(small_pack_with_people()))
    store.write(lambda tx: tx.put_source(Source(name="s", created_at=START)))
    return [step(store, intakes(number)) for number, step in enumerate(EVENING)]


def forgetful() -> tuple[list[IntakeResult | None], object]:
    """Tell it to intakes that remember nothing."""
    with closing(EmbeddedGraphStore(None)) as store:
        results = told(store, lambda _: Intake(store))
        return results, (all_records(store), store.jobs_open())


def test_a_remembering_intake_stores_what_a_reading_one_does(store: Store) -> None:
    """The evening ends the same: results, records in their order, ledgers, jobs."""
    results, wanted = forgetful()
    intake = Intake(store)
    assert told(store, lambda _: intake) == results
    assert (all_records(store), store.jobs_open()) == wanted
    assert len({id_ for result in results if result for id_ in result.incident_ids}) > 1


def test_two_intakes_of_one_store_know_of_each_other(store: Store) -> None:
    """Each sees what the other stored, also where it stored the last payload but one itself."""
    results, wanted = forgetful()
    pair = (Intake(store), Intake(store))
    assert told(store, lambda number: pair[number // 2 % 2]) == results
    assert (all_records(store), store.jobs_open()) == wanted


def test_a_job_taken_or_done_takes_nothing_from_what_is_remembered(
    server_store: Neo4jGraphStore,
) -> None:
    """A worker's note of a job lets the last commit stand; what anybody writes of else does not."""
    intake = Intake(server_store)
    for step in (0, 1, 2):
        told_step(server_store, intake, step)
    before = server_store.write(lambda tx: tx.stands_on)
    worked(server_store, intake)
    assert server_store.write(lambda tx: tx.stands_on) == before is not None
    owned(server_store, intake)
    assert server_store.write(lambda tx: tx.stands_on) == before + 1


def test_a_restarted_intake_takes_nothing_twice(store: Store) -> None:
    """An alert that it never saw and that is stored, as no incident's, is known as a duplicate."""
    intake = Intake(store)
    told(store, lambda _: intake)
    again = Intake(store)
    first = sent(failing("r1-mobile", 6010), at_s=6070)(store, again)
    second = sent(failing("r2-mobile", 6011), QUARANTINED, at_s=6071)(store, again)
    third = sent(failing("r2-mobile", 6011), QUARANTINED, at_s=6072)(store, again)
    assert [(r.accepted, r.duplicates) for r in (first, second, third) if r] == [
        (1, 0),
        (1, 1),
        (0, 2),
    ]


def test_what_another_process_wrote_to_the_file_is_not_remembered_otherwise(
    tmp_path: Path,
) -> None:
    """A second connection to the file gives the incident an owner; the next alert keeps it."""
    path = tmp_path / "store.db"
    with closing(EmbeddedGraphStore(path)) as ours, closing(EmbeddedGraphStore(path)) as theirs:
        _owned_by_another(ours, theirs)


def test_what_another_process_wrote_to_the_server_is_not_remembered_otherwise(
    server: Neo4jServer, server_store: Neo4jGraphStore
) -> None:
    """The same on Neo4j."""
    with closing(neo4j_store(server)) as theirs:
        _owned_by_another(server_store, theirs)


def _owned_by_another(ours: Store, theirs: Store) -> None:
    intake = Intake(ours)
    for step in (0, 1, 2):
        told_step(ours, intake, step)
    owned(theirs, intake)
    result = told_step(ours, intake, 3)
    stored = ours.incidents(READER).items
    assert [one.owner for one in stored if isinstance(one, Incident)] == ["wang-1"]
    assert result is not None
    assert (result.accepted, len(stored)) == (2, 1)


def told_step(store: Store, intake: Intake, number: int) -> IntakeResult | None:
    """Tell one step of the evening, the pack before the first."""
    if number == 0:
        store.write(lambda tx: tx.replace_pack(small_pack_with_people()))
        store.write(lambda tx: tx.put_source(Source(name="s", created_at=START)))
    return EVENING[number](store, intake)
