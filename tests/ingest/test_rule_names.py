"""What a rule is called: well-known names mean the library's, and no name means two things."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph.errors import InputError
from graph.model.library import AlertType, Direction
from graph.model.pack import DomainPack
from ingest.library_files import read_library
from tests.bench_room import BenchRoom
from tests.payloads import alert
from tests.small_pack import after, small_pack

LIBRARY = Path(__file__).parents[2] / "seeds" / "library"
KINDS = "kinds: [{id: container, name: {zh: a, en: a}, layer: node}]\n"
TYPE = (
    "  - {{alertname: {name}, kinds: [container], direction: own, name: {{zh: a, en: a}},"
    " detection: 0, false_alarm: 0.01, delay_s: 60, aliases: [{aliases}]}}\n"
)


def _named(pack: DomainPack) -> DomainPack:
    """Let the database's pool rule have the name that an exporter's rules give it."""
    types = tuple(
        t.model_copy(update={"aliases": ("MysqlTooManyConnections",)})
        if t.alertname == "DbConnectionPoolExhausted"
        else t
        for t in pack.library.alert_types
    )
    return pack.model_copy(
        update={"library": pack.library.model_copy(update={"alert_types": types})}
    )


def _night(pack: DomainPack, name: str) -> BenchRoom:
    room = BenchRoom(pack)
    room.beat(after(-60))
    room.send(alert(name, at=after(0), service="exam-db"), at=after(60))
    room.send(alert("HighErrorRate", at=after(20), service="exam-api"), at=after(80))
    room.beat(after(600))
    return room


def test_an_alias_says_what_the_librarys_own_name_says() -> None:
    """The same night under either name: the same causes with the same odds."""
    pack = _named(small_pack())
    own = _night(pack, "DbConnectionPoolExhausted").diagnose()
    alias = _night(pack, "MysqlTooManyConnections").diagnose()
    assert own.hypotheses[0].component_id == "small:exam-db"
    told = [[(h.component_id, h.posterior) for h in d.hypotheses] for d in (own, alias)]
    assert told[0] == told[1]


def test_a_name_that_the_library_does_not_know_stays_a_generic_symptom() -> None:
    """Without the alias the alert says that something is wrong, and not what."""
    stranger = _night(small_pack(), "MysqlTooManyConnections").diagnose()
    known = _night(_named(small_pack()), "MysqlTooManyConnections").diagnose()
    assert known.hypotheses[0].posterior > stranger.hypotheses[0].posterior


def test_an_alias_counts_on_its_own_kinds_alone() -> None:
    """The same name on a service is another rule: nothing is known of it."""
    pack = _named(small_pack())
    room = BenchRoom(pack)
    room.beat(after(-60))
    room.send(alert("MysqlTooManyConnections", at=after(0), service="exam-api"), at=after(60))
    room.send(alert("HighErrorRate", at=after(20), service="exam-api"), at=after(80))
    room.beat(after(600))
    records = room.store.alerts_of(room.incidents()[0].id)
    (record,) = [r for r in records if r.alert.labels["alertname"].startswith("Mysql")]
    assert record.alert.alertname == "MysqlTooManyConnections"


@pytest.mark.parametrize(
    ("first", "second"),
    [("Shared", "Shared"), ("Second", ""), ("First", "")],
    ids=["two aliases", "another's name", "its own name"],
)
def test_a_name_for_two_rules_of_a_kind_is_refused(first: str, second: str, tmp_path: Path) -> None:
    """The load says which file and key, and what the name means already."""
    types = TYPE.format(name="First", aliases=first) + TYPE.format(name="Second", aliases=second)
    (tmp_path / "kinds.yaml").write_text(KINDS, encoding="utf-8")
    (tmp_path / "alert_types.yaml").write_text(f"alert_types:\n{types}", encoding="utf-8")
    (tmp_path / "modes.yaml").write_text("modes: []\n", encoding="utf-8")
    (tmp_path / "checks.yaml").write_text("checks: []\n", encoding="utf-8")
    with pytest.raises(InputError, match="already means"):
        read_library(tmp_path)


def test_the_library_knows_the_names_that_operators_run() -> None:
    """A crash loop, a full disk, a lost replica and a dead probe under their public names."""
    types = read_library(LIBRARY).alert_types
    found = {(kind, alias): t for t in types for kind in t.kinds for alias in t.aliases}

    def meant(kind: str, alias: str) -> str:
        known: AlertType = found[kind, alias]
        assert known.direction is not Direction.HEARTBEAT
        return known.alertname

    assert meant("container", "KubePodCrashLooping") == "ContainerRestarting"
    assert meant("host", "NodeFilesystemSpaceFillingUp") == "HostDiskFull"
    assert meant("database", "MySQLReplicationLag") == "DbReplicationLag"
    assert meant("cache", "RedisDown") == "CacheDown"
    assert meant("kafka_broker", "KafkaLagKeepsIncreasing") == "KafkaConsumerGroupLag"
    assert meant("certificate", "BlackboxProbeFailed") == "SslCertificateProbeFailed"
