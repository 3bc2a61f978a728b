"""A file of an older version opens, moves forward, and loses nothing."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from graph.audit_chain import verify_log
from graph.errors import NewerSchemaError
from graph.model.library import CHECK_VALID_S
from graph.model.pack import LoadCounts
from graph.ports import Transaction
from graph.stores.ddl import bring_up_to_date, create_statements
from graph.stores.embedded_store import EmbeddedGraphStore
from graph.stores.schema import SCHEMA_VERSION
from tests.contracts.remediation_samples import action, observation, policy, remediation
from tests.contracts.samples import ANYBODY, NORTH, T0, later

# A dump of a whole file that the code of version 1 wrote; never written anew.
_VERSION_1: Final = Path(__file__).with_name("store_v1.sql")
_ROOT: Final = Path(__file__).resolve().parents[3]
_OPEN: Final = """
import sys
from pathlib import Path
from graph.stores.embedded_store import EmbeddedGraphStore
EmbeddedGraphStore(Path(sys.argv[1])).close()
"""


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """Make a file of version 1 with something in every table."""
    path = tmp_path / "store.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(_VERSION_1.read_text(encoding="utf-8"))
    return path


@pytest.fixture
def moved(old: Path) -> Iterator[EmbeddedGraphStore]:
    """Open that file with the code of today."""
    with closing(EmbeddedGraphStore(old)) as store:
        yield store


def rows_of(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Read every table of a file, rows in a fixed order."""
    with closing(sqlite3.connect(path)) as connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        return {
            name: sorted(connection.execute(f"SELECT * FROM {name}").fetchall(), key=repr)
            for (name,) in names.fetchall()
        }


def schema_of(connection: sqlite3.Connection) -> set[tuple[str, str]]:
    """Read what tables and indexes a file has, as they were written."""
    found = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
    return set(found.fetchall())


def test_the_old_file_is_of_version_one_and_full(old: Path) -> None:
    """The test would prove nothing with empty tables or with tables of today."""
    rows = rows_of(old)
    assert rows["schema_version"] == [(1,)]
    assert not rows.keys() & {"audit", "remediations", "observations", "actions", "policies"}
    assert all(rows.values())


def test_every_old_row_is_as_it_was(old: Path) -> None:
    """No value changes but the version; tables are added, and what was left unsaid is said."""
    before = rows_of(old)
    unsaid = {
        "checks": f',"valid_for_s":{CHECK_VALID_S},"if_yes":null,"if_no":null}}',
        "fault_modes": ',"first_steps":null}',
        "alert_types": ',"aliases":[],"speaks_only":false}',
        "packs": ',"absent_rules":[]}}',
    }
    for table, fields in unsaid.items():
        ended = fields.count("}")
        before[table] = [(*row[:-1], str(row[-1])[:-ended] + fields) for row in before[table]]
    EmbeddedGraphStore(old).close()
    after = rows_of(old)
    assert after.pop("schema_version") == [(SCHEMA_VERSION,)]
    before.pop("schema_version")
    assert {name: after[name] for name in before} == before
    assert all(after[name] == [] for name in after.keys() - before.keys())


def test_a_moved_file_has_the_tables_of_a_new_one(old: Path) -> None:
    """Whether a file grew or was made today, its tables and indexes are the same."""
    EmbeddedGraphStore(old).close()
    with (
        closing(sqlite3.connect(old)) as grown,
        closing(sqlite3.connect(":memory:", isolation_level=None)) as made,
    ):
        bring_up_to_date(made, ":memory:")
        assert schema_of(grown) == schema_of(made)
        assert len(schema_of(made)) >= len(create_statements())


def test_what_was_stored_is_read_as_before(moved: EmbeddedGraphStore) -> None:
    """Packs without a catalogue, records, accounts and jobs answer as they did."""
    pack = moved.pack("medical")
    assert pack.components[0].id == "medical:db"
    assert (pack.actions, pack.policies) == ((), ())
    assert moved.packs()[0].id == "medical"
    assert moved.incident(ANYBODY, "inc-1").began_at == T0
    assert [one.alert.fingerprint for one in moved.alerts_of("inc-1")] == ["ab"]
    assert moved.unassigned_alerts("medical", since=T0)[0].alert.annotations["summary"] == "磁盘满"
    assert [one.revision for one in moved.diagnoses("inc-1")] == [1, 2]
    assert moved.ledger("inc-1")[0].detail == {"说明": [1, 2.5, None]}
    assert [user.name for user in moved.users()] == ["wang"]
    assert moved.session("5e") is not None
    assert moved.jobs_open() == 1
    assert moved.observations_of("inc-1") == ()
    assert moved.remediations(ANYBODY).items == ()
    report = moved.check()
    assert (report["integrity"], report["schema_version"]) == ("ok", SCHEMA_VERSION)


def test_a_moved_file_takes_what_is_new(moved: EmbeddedGraphStore) -> None:
    """Remediations of old incidents, observations, the audit log, and a catalogue of actions."""
    request = remediation(incident_id="inc-2")

    def work(transaction: Transaction) -> None:
        transaction.put_remediation(request, expected_version=None)
        transaction.put_observation(observation())
        transaction.add_audit(at=T0, actor="wang", kind="requested", subject="rem-1", detail={})

    moved.write(work)
    assert moved.remediation(NORTH, "rem-1") == request
    assert moved.observations_of("inc-1") == (observation(),)
    assert verify_log(moved).seq == 1
    grown = moved.pack("medical").model_copy(
        update={"actions": (action(),), "policies": (policy(),)}
    )
    counts = moved.write(lambda t: t.replace_pack(grown))
    assert (counts.added, counts.changed, counts.removed) == (2, 0, 0)
    assert moved.pack("medical") == grown


def test_loading_the_stored_pack_again_changes_nothing(moved: EmbeddedGraphStore) -> None:
    """Every part of a pack that version 1 stored counts as unchanged."""
    pack = moved.pack("medical")
    counts = moved.write(lambda t: t.replace_pack(pack))
    assert counts == LoadCounts(unchanged=counts.unchanged)
    assert moved.pack("medical") == pack


def test_waiting_jobs_go_on_with_their_numbers(moved: EmbeddedGraphStore) -> None:
    """The job of before is claimed, and a new one takes the next number."""
    job = moved.write(lambda t: t.claim_job(at=later(1)))
    assert job is not None
    assert (job.id, job.key) == (2, "inc-2")
    assert moved.write(lambda t: t.enqueue("diagnose", key="x", payload={}, at=T0)).id == 3


def test_processes_that_open_an_old_file_at_once_move_it_once(old: Path) -> None:
    """Whoever comes second finds it moved; nobody fails and nothing is done twice."""
    command = [sys.executable, "-W", "error", "-c", _OPEN, str(old)]
    openers = [subprocess.Popen(command, cwd=_ROOT) for _ in range(3)]
    assert [opener.wait(timeout=60) for opener in openers] == [0, 0, 0]
    with closing(EmbeddedGraphStore(old)) as store:
        assert store.check()["integrity"] == "ok"
    assert rows_of(old)["schema_version"] == [(SCHEMA_VERSION,)]


def test_the_code_of_version_one_refuses_a_moved_file(old: Path) -> None:
    """It names both versions and writes nothing, rather than to lose what it does not know."""
    EmbeddedGraphStore(old).close()
    before = old.read_bytes()
    with (
        closing(sqlite3.connect(old, isolation_level=None)) as connection,
        pytest.raises(NewerSchemaError, match=rf"version {SCHEMA_VERSION}.*up to 1"),
    ):
        bring_up_to_date(connection, "store.db", version=1, migrations=())
    assert old.read_bytes() == before


def test_a_moved_file_stays_its_owners_alone(old: Path) -> None:
    """Moving forward does not open it to others."""
    old.chmod(0o600)
    EmbeddedGraphStore(old).close()
    assert stat.S_IMODE(old.stat().st_mode) == 0o600
