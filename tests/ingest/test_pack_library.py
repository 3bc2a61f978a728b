"""The fault library is read strictly, and the seeded one covers every kind that can fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph.errors import InputError
from graph.model.library import Direction
from ingest.library_files import library_id, read_library
from ingest.packs import load_pack
from tests.ingest.library_page import PAGE, page
from tests.ingest.pack_room import LIBRARY, SEEDED, write_pack


def _library(folder: Path, name: str, old: str, new: str) -> Path:
    files = {path.name: path.read_text(encoding="utf-8") for path in LIBRARY.glob("*.yaml")}
    assert old in files[name]
    return write_pack(folder, {**files, name: files[name].replace(old, new, 1)})


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("kinds.yaml", "{id: host,", "{id: service,", "duplicate 'service', first on line"),
        ("kinds.yaml", "layer: network", "layer: cloud", "must be one of flow, service, data"),
        ("alert_types.yaml", "alertname: NodeDown", "alertname: HostCpuHigh", "duplicate 'Host"),
        ("alert_types.yaml", "kinds: [host]", "kinds: [hosts]", "unknown 'hosts'"),
        ("alert_types.yaml", "direction: dependant", "direction: heartbeat", "must be 0 for"),
        ("alert_types.yaml", "delay_s: 60", "delay_s: 1m", "Input should be a valid integer"),
        ("alert_types.yaml", "delay_s: 60", "delay_s: -60", "greater than or equal to 0"),
        ("alert_types.yaml", "direction: own", "direction: down", "direction: Input should be"),
        ("alert_types.yaml", "direction: own,", "direction: own, facet: page,", "only a `depend"),
        ("alert_types.yaml", "facet: page", "facet: Page 1", "facet: String should match"),
        ("modes.yaml", "mutes: true", "mutes: mostly", "mutes: Input should be a valid boolean"),
        ("modes.yaml", "by_change: true", "by_changes: true", "by_changes: Extra inputs"),
        ("modes.yaml", "kind: edge_node", "kind: origin", "must begin with its kind, 'origin.'"),
        ("modes.yaml", "alertname: NodeDown", "alertname: NodeGone", "unknown 'NodeGone'"),
        ("modes.yaml", "alertname: NodeDown", "alertname: DbDown", "does not exist on 'host'"),
        ("modes.yaml", "[edge-reach, ", "[edge-touch, ", "unknown 'edge-touch'"),
        ("modes.yaml", "base_rate: 0.0015", "base_rate: 15", "less than or equal to 1, is 15"),
        ("modes.yaml", "change_kinds: [config, switch]", "change_kinds: [whim]", "change_kinds"),
        ("modes.yaml", "    basis: assumed\n", "", "basis: Field required"),
        ("checks.yaml", "id: edge-reach", "id: cdn-handshake", "duplicate 'cdn-handshake'"),
        ("checks.yaml", "minutes: 1", "minutes: 0", "minutes: Input should be greater than 0"),
        ("checks.yaml", "ping {component}", "ping {host}", "may hold {component} and no brace"),
    ],
)
def test_a_breach_of_the_library_names_file_and_key(
    tmp_path: Path, name: str, old: str, new: str, said: str
) -> None:
    """Each kind of mistake is refused where it stands."""
    with pytest.raises(InputError) as caught:
        read_library(_library(tmp_path, name, old, new))

    assert said in str(caught.value)
    assert f"{name}:" in str(caught.value)


def test_a_mode_of_an_unknown_kind_is_refused(tmp_path: Path) -> None:
    """A mode without signatures still has to name a kind that exists."""
    old = "id: region.cut-off\n    kind: region"

    with pytest.raises(InputError, match="unknown 'land'"):
        read_library(_library(tmp_path, "modes.yaml", old, "id: land.cut-off\n    kind: land"))


FAMILY = """
kinds:
  - {id: lathe, name: {zh: 车床, en: Lathe}, layer: node}
alert_types:
  - {alertname: LatheHot, kinds: [lathe], direction: own, name: {zh: 车床过热, en: Lathe hot},
     detection: 0, false_alarm: 0.001, delay_s: 60}
modes:
  - id: lathe.worn
    kind: lathe
    name: {zh: 磨损, en: Worn}
    base_rate: 0.001
    basis: assumed
    source: "judgement: once in a while"
    signatures: [{alertname: LatheHot, detection: 0.9, delay_s: 60}]
    checks: [host-ping, lathe-look]
    first_steps: {zh: 先停车。, en: Stop it first.}
checks:
  - id: lathe-look
    text: {zh: 有火花吗？, en: Are there sparks?}
    minutes: 1
    detection: 0.9
    false_alarm: 0.1
    if_yes: {zh: 磨损。, en: It is worn.}
    if_no: {zh: 没有磨损。, en: It is not worn.}
"""


def _with_family(folder: Path, text: str) -> Path:
    files = {path.name: path.read_text(encoding="utf-8") for path in LIBRARY.glob("*.yaml")}
    return write_pack(folder, {**files, "families/workshop.yaml": text})


def test_a_family_adds_to_the_common_part_and_may_name_what_stands_there(tmp_path: Path) -> None:
    """One file brings kinds, alert types, modes and checks, and what each answer means."""
    library = read_library(_with_family(tmp_path, FAMILY))
    worn = next(mode for mode in library.modes if mode.id == "lib:lathe.worn")
    look = next(check for check in library.checks if check.id == "lib:lathe-look")

    assert worn.check_ids == ("lib:host-ping", "lib:lathe-look")
    assert worn.first_steps is not None and worn.first_steps.en == "Stop it first."
    assert look.if_yes is not None and look.if_no is not None
    assert (look.if_yes.zh, look.if_no.en) == ("磨损。", "It is not worn.")
    assert [t.alertname for t in library.alert_types] == sorted(
        t.alertname for t in library.alert_types
    )


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("id: lathe, name", "id: host, name", "duplicate 'host', first in"),
        ("alertname: LatheHot, kinds", "alertname: NodeDown, kinds", "duplicate 'NodeDown'"),
        ("id: lathe-look", "id: host-ping", "duplicate 'host-ping', first in"),
        ("kinds: [lathe]", "kinds: [drill]", "unknown 'drill'"),
        ("[host-ping, lathe-look]", "[host-pong]", "unknown 'host-pong'"),
        ("if_yes: {zh: 磨损。, en: It is worn.}", "if_yes: {zh: 磨损。}", "if_yes.en"),
        ("first_steps:", "first_step:", "first_step: Extra inputs"),
    ],
)
def test_a_breach_in_a_family_names_its_file(tmp_path: Path, old: str, new: str, said: str) -> None:
    """What stands twice, or does not stand anywhere, is refused across the files of the library."""
    assert old in FAMILY
    with pytest.raises(InputError) as caught:
        read_library(_with_family(tmp_path, FAMILY.replace(old, new, 1)))

    assert said in str(caught.value)
    assert "families/workshop.yaml:" in str(caught.value)


def test_references_are_written_with_a_dot_or_a_slash() -> None:
    """Both forms name the same mode."""
    assert library_id("host/down") == library_id("host.down") == "lib:host.down"


def test_every_kind_but_systems_and_clients_can_fail() -> None:
    """Systems and client groups fail only through what they depend on."""
    library = read_library(LIBRARY)

    without = {kind.id for kind in library.kinds} - {mode.kind for mode in library.modes}
    assert without == {"system", "client_group"}


def test_base_rates_are_small_and_every_mode_can_be_checked() -> None:
    """A fault in the look-back is rare on any one component, and somebody can look for it."""
    for mode in read_library(LIBRARY).modes:
        assert 1e-6 <= mode.base_rate <= 5e-3
        assert mode.check_ids


def test_probabilities_of_channels_leave_no_evidence_impossible() -> None:
    """Detections exceed false alarms, and neither is 0 or 1 where a channel can be built."""
    library = read_library(LIBRARY)
    false_alarm = {item.alertname: item.false_alarm for item in library.alert_types}

    for item in library.alert_types:
        if item.direction in {Direction.DEPENDANT, Direction.STARVATION}:
            assert 0 < item.false_alarm < item.detection < 1
    for mode in library.modes:
        for signature in mode.signatures:
            assert 0 < false_alarm[signature.alertname] < signature.detection < 1


def test_what_a_mode_and_a_rule_say_of_silence_is_read() -> None:
    """`mutes`, `by_change` and `facet` come through as written, and are no and none unless said."""
    library = read_library(LIBRARY)
    modes = {mode.id: mode for mode in library.modes}
    types = {item.alertname: item for item in library.alert_types}

    assert modes["lib:cdn_node.node-down"].mutes and not modes["lib:host.disk-slow"].mutes
    assert modes["lib:service.bad-release"].by_change and not modes["lib:host.down"].by_change
    assert types["PageLoadSlow"].facet == "page" and types["HighLatency"].facet is None


def test_what_comes_in_with_a_change_names_the_changes() -> None:
    """A mode that a heard change log speaks against can be raised by a change as well."""
    for mode in read_library(LIBRARY).modes:
        assert mode.change_kinds or not mode.by_change


def test_what_serves_a_facet_names_one_that_some_rule_watches() -> None:
    """A facet that nobody watches would let the seeded component harm all of them."""
    watched = {item.facet for item in read_library(LIBRARY).alert_types}
    pack = load_pack(SEEDED, library_folder=LIBRARY)

    for component in pack.components:
        assert set(str(component.attributes.get("serves", "")).split()) <= watched, component.id


def test_the_heartbeat_is_known() -> None:
    """Watchdog is proof of life, on no kind."""
    beats = [t for t in read_library(LIBRARY).alert_types if t.direction is Direction.HEARTBEAT]

    assert [(beat.alertname, beat.kinds) for beat in beats] == [("Watchdog", ())]


def test_the_page_of_the_library_is_what_the_library_says() -> None:
    """docs/library.md is written anew by `python -m tests.ingest.library_page`."""
    assert PAGE.read_text(encoding="utf-8") == page()
