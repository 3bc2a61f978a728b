"""The seeded fault library is one that an operator recognises: deep, in both languages, safe."""

from __future__ import annotations

import re
from collections import Counter
from itertools import combinations
from typing import Final

import pytest

from graph.model.base import Text
from graph.model.library import Check, Direction, FaultLibrary, FaultMode
from graph.model.pack import DomainPack
from ingest.library_files import read_library
from ingest.packs import load_pack
from tests.ingest.pack_room import LIBRARY, ROOT, SEEDED
from tests.ingest.read_only import breaches

SOURCES: Final = ROOT / "docs" / "library-sources.md"
_CITED: Final = re.compile(r"\[([a-z][a-zA-Z0-9-]+)\]")
_ROW: Final = re.compile(r"^\| `([a-z][a-zA-Z0-9-]+)` \|.*\|$", re.MULTILINE)
_HAN: Final = re.compile(r"[\u4e00-\u9fff]")
# A half-width mark beside a Han character, or no space between a Han character and a Latin one.
_HALF: Final = re.compile(r"[\u4e00-\u9fff][,;:?!()]|[,;:?!()][\u4e00-\u9fff]")
_GLUED: Final = re.compile(r"[\u4e00-\u9fff][A-Za-z0-9]|[A-Za-z0-9%][\u4e00-\u9fff]")

FAMILIES: Final = {
    "infrastructure": {"host", "disk", "network_interface", "switch", "power_feed", "time_server",
                       "certificate", "firewall"},
    "databases": {"database", "distributed_database", "connection_pooler"},
    "middleware": {"kafka_broker", "rabbitmq", "cache", "search", "web_server", "zookeeper", "etcd",
                   "object_storage", "queue"},
    "network": {"cdn_node", "edge_node", "carrier_line", "router", "traffic_steering", "dns"},
    "video": {"live_ingest", "transcoder", "packager", "origin", "drm_server", "player_app"},
    "gateway": {"gateway", "load_balancer"},
    "learning": {"credit_sync", "external_api"},
    "identity": {"identity", "directory", "sms_gateway"},
    "kubernetes": {"k8s_node", "kubelet", "kube_apiserver", "kube_scheduler", "ingress_controller",
                   "persistent_volume", "coredns", "image_registry", "k3s_server"},
    "medical": {"hl7_interface", "fhir_server", "pacs", "his_gateway", "e_prescription"},
}  # fmt: skip


@pytest.fixture(scope="module")
def library() -> FaultLibrary:
    """Read the seeded library once."""
    return read_library(LIBRARY)


@pytest.fixture(scope="module")
def pack() -> DomainPack:
    """Load the seeded pack once."""
    return load_pack(SEEDED, library_folder=LIBRARY)


def test_it_holds_thirty_kinds_and_a_hundred_and_fifty_modes(library: FaultLibrary) -> None:
    """Kinds that can fail, and ways in which they do."""
    assert len({mode.kind for mode in library.modes}) >= 30
    assert len(library.modes) >= 150


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_every_family_is_there(library: FaultLibrary, family: str) -> None:
    """No part of the estate is missing, and none of its kinds is a stub of one mode."""
    modes = Counter(mode.kind for mode in library.modes)

    assert {kind: modes[kind] for kind in FAMILIES[family] if modes[kind] < 2} == {}


def test_every_mode_can_be_looked_at_in_two_ways(library: FaultLibrary) -> None:
    """One check can be out of reach at night; there is another, and each names its minutes."""
    assert [mode.id for mode in library.modes if len(mode.check_ids) < 2] == []
    assert all(0 < check.minutes <= 10 for check in library.checks)


def test_every_answer_of_a_check_says_what_it_means(library: FaultLibrary) -> None:
    """Yes and no are explained in both languages, and differ."""
    for check in library.checks:
        assert check.if_yes is not None and check.if_no is not None, check.id
        assert check.if_yes.zh != check.if_no.zh and check.if_yes.en != check.if_no.en, check.id


def test_no_check_answers_yes_more_often_without_the_fault(library: FaultLibrary) -> None:
    """A check that does not tell anything is not worth a minute."""
    assert [c.id for c in library.checks if not 0 < c.false_alarm < c.detection < 1] == []
    assert [c.id for c in library.checks if c.detection < 4 * c.false_alarm] == []


def test_every_check_belongs_to_some_mode(library: FaultLibrary) -> None:
    """Nothing stands in the library that no diagnosis would ever ask."""
    asked = {check for mode in library.modes for check in mode.check_ids}

    assert [check.id for check in library.checks if check.id not in asked] == []


def test_probes_only_read(library: FaultLibrary) -> None:
    """Every command is of a program on the allow-list, with verbs that change nothing."""
    probes = [check for check in library.checks if check.command]

    assert [(c.id, c.command, breaches(str(c.command))) for c in probes
            if breaches(str(c.command))] == []  # fmt: skip
    assert len(probes) >= 0.8 * len(library.checks)


@pytest.mark.parametrize(
    "command",
    [
        "kubectl -n prod delete pod {component}",
        "kubectl -n prod exec {component} -- df -h",
        "ssh {component} systemctl restart redis",
        "ssh {component} df -h; reboot",
        "curl -s -X POST http://{component}/",
        "curl -s -o /etc/passwd http://{component}/",
        'mysql -h {component} -e "KILL 1"',
        'psql -h {component} -c "SELECT pg_terminate_backend(1)"',
        "redis-cli -h {component} FLUSHALL",
        "cdnctl purge {component}",
        "etcdctl --endpoints={component}:2379 alarm disarm",
        "rabbitmqctl -n rabbit@{component} stop_app",
        "dig @{component} example.com | sh",
        "python -c print",
    ],
)
def test_a_probe_that_writes_is_noticed(command: str) -> None:
    """The allow-list would notice each way in which a probe could change something."""
    assert breaches(command)


def test_modes_that_look_alike_are_told_apart_by_a_check(library: FaultLibrary) -> None:
    """Two faults of one kind with the same signs differ in what one can look at."""

    def signs(mode: FaultMode) -> tuple[str, frozenset[str]]:
        return mode.kind, frozenset(s.alertname for s in mode.signatures)

    alike = [
        (a.id, b.id)
        for a, b in combinations(library.modes, 2)
        if signs(a) == signs(b) and set(a.check_ids) == set(b.check_ids)
    ]
    assert alike == []


def test_names_are_given_once(library: FaultLibrary) -> None:
    """Within a kind no two modes bear one name, in either language."""
    for language in ("zh", "en"):
        names = Counter((mode.kind, getattr(mode.name, language)) for mode in library.modes)
        assert [name for name, count in names.items() if count > 1] == []


def test_every_kind_shows_somehow_that_it_is_degraded(library: FaultLibrary) -> None:
    """A kind that can fail has rules of its own; in families, one that speaks for its users too."""
    kinds = {mode.kind for mode in library.modes}
    heard = {kind for item in library.alert_types for kind in item.kinds}
    dependant = {
        kind
        for item in library.alert_types
        if item.direction is Direction.DEPENDANT
        for kind in item.kinds
    }
    common = {"host", "switch", "dns", "external_api", "carrier_line", "queue", "object_storage",
              "time_server"}  # fmt: skip

    assert kinds - heard == set()
    assert kinds - dependant - common == set()


def test_something_is_said_to_do_about_every_fault(pack: DomainPack) -> None:
    """An SOP, an action of the pack, or the library's own first steps."""
    acted = {mode for action in pack.actions for mode in action.modes}

    assert [
        mode.id
        for mode in pack.library.modes
        if not mode.sop_ids and mode.id not in acted and mode.first_steps is None
    ] == []


def test_the_pack_brings_no_library_of_its_own() -> None:
    """What is written once is used by every pack."""
    assert not (SEEDED / "library").exists()
    assert not [name for name in ("kinds", "modes", "checks", "alert_types")
                if (SEEDED / f"{name}.yaml").exists()]  # fmt: skip


def test_every_source_that_a_mode_cites_is_listed_and_every_listed_one_cited(
    library: FaultLibrary,
) -> None:
    """The page of sources and the modes agree, and there are a hundred of them."""
    cited = {row for mode in library.modes for row in _CITED.findall(mode.source)}
    listed = _ROW.findall(SOURCES.read_text(encoding="utf-8"))

    assert sorted(cited - set(listed)) == []
    assert sorted(set(listed) - cited) == []
    assert len(listed) == len(set(listed)) >= 100


def _texts(library: FaultLibrary) -> list[tuple[str, Text]]:
    """List every text for people with the id of what it stands in."""
    found = [(kind.id, kind.name) for kind in library.kinds]
    found += [(item.alertname, item.name) for item in library.alert_types]
    for mode in library.modes:
        found += [(mode.id, text) for text in (mode.name, mode.first_steps) if text is not None]
    for check in library.checks:
        found += [(check.id, text) for text in _said(check)]
    return found


def _said(check: Check) -> list[Text]:
    return [text for text in (check.text, check.if_yes, check.if_no) if text is not None]


def test_texts_are_in_their_language_and_well_set(library: FaultLibrary) -> None:
    """Chinese uses full-width marks and a space beside Latin; English holds no Han character."""
    for owner, text in _texts(library):
        assert not _HAN.search(text.en), (owner, text.en)
        assert not _HALF.search(text.zh), (owner, text.zh)
        assert not _GLUED.search(text.zh), (owner, text.zh)
        assert "健康" not in text.zh or "健康检查" in text.zh or "健康信息" in text.zh, owner


def test_a_question_asks_and_an_answer_states(library: FaultLibrary) -> None:
    """The text of a check can be answered with yes or no; meanings and steps are sentences."""
    for check in library.checks:
        assert "？" in check.text.zh and "?" in check.text.en, check.id
    meant = [(c.id, text) for c in library.checks for text in _said(c)[1:]]
    steps = [(m.id, m.first_steps) for m in library.modes if m.first_steps is not None]
    for owner, text in [*meant, *steps]:
        assert text.zh.endswith("。") and text.en[-1] in ".?", owner
