"""`etiograph audit-inference`: the shown answer recomputed, exported, and refused with reasons."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from api.bootstrap import Assistant, opened
from api.chores import RemoteChores
from api.cli import main
from api.settings import read_settings
from graph.errors import ConflictError, NotFoundError
from graph.model.access import Principal, Role, Scope, Source
from tests.api.room import ApiRoom, problem_in
from tests.payloads import alert, payload
from tests.small_pack import START, after, small_pack

SOURCE = "demo-alerts"


def storm() -> bytes:
    """Write the failure of all clients in one payload: an incident."""
    names = [f"client-r{region}-{kind}" for region in (1, 2) for kind in ("telecom", "mobile")]
    alerts = [
        alert("PlaybackFailureHigh", at=after(second), component=name)
        for second, name in enumerate(names)
    ]
    return payload(*alerts)


def receive(assistant: Assistant, body: bytes, second: int) -> str:
    """Take a payload in; returns its incident."""
    caller = Principal(name=SOURCE, source=SOURCE)
    receipt = assistant.intake.receive_alertmanager(caller, body, received_at=after(second))
    return receipt.incident_ids[0]


def newer() -> bytes:
    """Write one more alert of the storm."""
    return payload(alert("Odd", at=after(125), component="client-r1-telecom"))


@pytest.fixture
def incident_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Store a diagnosed storm in a data folder that nobody owns; returns the incident."""
    monkeypatch.setenv("ETIOGRAPH_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ETIOGRAPH_LANG", "en")
    with opened(read_settings()) as assistant:
        assistant.store.write(lambda tx: tx.replace_pack(small_pack()))
        source = Source(name=SOURCE, replay=True, created_at=START)
        assistant.store.write(lambda tx: tx.put_source(source))
        found = receive(assistant, storm(), 120)
        assistant.diagnoser.diagnose_incident(found, computed_at=START)
    return found


def test_the_shown_answer_is_recomputed(
    incident_id: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a page shows, and no more: its causes, ln P(evidence) and P(no fault)."""
    assert main(["audit-inference", incident_id, "--json"]) == 0

    said = json.loads(capsys.readouterr().out)
    assert said["agrees"] is True
    assert said["recomputed"] == said["probabilities"] == said["causes"] > 0
    assert said["probabilities"] < said["core_nodes"]
    assert said["largest_difference"] <= 1e-9
    for whole in ("log_evidence", "p_no_fault"):
        assert said[whole]["shown"] == pytest.approx(said[whole]["recomputed"], abs=1e-9)


def test_everything_in_the_core_is_recomputed(
    incident_id: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """0; how much was recomputed, the sizes, the largest difference and where it lies."""
    assert main(["audit-inference", incident_id, "--all", "--json"]) == 0

    said = json.loads(capsys.readouterr().out)
    assert (said["incident_id"], said["revision"]) == (incident_id, 1)
    assert said["agrees"] is True
    assert said["recomputed"] == said["probabilities"] >= said["core_nodes"] > 0
    assert said["causes"] > 0
    assert said["largest_difference"] <= 1e-9
    assert said["at"]["kind"] in ("fault", "degraded", "log_evidence", "p_no_fault")
    for whole in ("log_evidence", "p_no_fault"):
        assert said[whole]["shown"] == pytest.approx(said[whole]["recomputed"], abs=1e-9)
    assert said["at"]["shown"] == pytest.approx(said["at"]["recomputed"], abs=1e-9)


@pytest.mark.parametrize(
    ("lang", "words", "wait"),
    [
        ("en", ("largest difference", "revision 1"), "at most 900 s"),
        ("zh", ("最大差异", "宽度"), "最多 900 秒"),
    ],
)
def test_people_read_it_in_their_language(
    incident_id: str,
    lang: str,
    words: tuple[str, str],
    wait: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Four lines: the network, the work, P(evidence) and P(no fault), the gap; stderr: wait."""
    monkeypatch.setenv("ETIOGRAPH_LANG", lang)

    assert main(["audit-inference", incident_id, "--all"]) == 0

    said = capsys.readouterr()
    assert len(said.out.splitlines()) == 4
    assert all(word in said.out for word in words)
    assert said.err.count("\n") == 1
    assert wait in said.err


def test_the_core_is_written_to_files(incident_id: str, tmp_path: Path) -> None:
    """`--bif` and `--xmlbif` write the same network; its alerts say what was seen."""
    bif, xmlbif = tmp_path / "core.bif", tmp_path / "core.xml"

    assert main(["audit-inference", incident_id, "--bif", str(bif), "--xmlbif", str(xmlbif)]) == 0

    assert bif.read_text(encoding="utf-8").startswith("network core {")
    assert "property means = fault" in bif.read_text(encoding="utf-8")
    assert xmlbif.read_text(encoding="utf-8").count("<DEFINITION>") == bif.read_text(
        encoding="utf-8"
    ).count("probability (")


@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        (["audit-inference", "inc-0000000000000000"], 1, "inc-0000000000000000"),
        (["audit-inference", "inc-0000000000000000", "--seconds", "0"], 2, "--seconds"),
        (["audit-inference"], 2, "INCIDENT"),
    ],
)
def test_what_cannot_be_audited_is_refused(
    arguments: list[str],
    code: int,
    complaint: str,
    incident_id: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """One line on stderr, nothing on stdout; 1 for an unknown incident, 2 for bad arguments."""
    assert incident_id
    try:
        answered = main(arguments)
    except SystemExit as left:
        answered = int(str(left.code))

    said = capsys.readouterr()
    assert (answered, said.out) == (code, "")
    assert said.err.count("\n") == 1
    assert complaint in said.err


def test_a_file_that_cannot_be_written_is_named(
    incident_id: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """2, with the option and the path."""
    place = str(tmp_path / "none" / "core.bif")

    assert main(["audit-inference", incident_id, "--bif", place]) == 2

    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"--bif: {place!r} cannot be written")


def test_newer_evidence_stands_in_the_way(
    incident_id: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where alerts came after the diagnosis its network cannot be made again: 1, and why."""
    with opened(read_settings()) as assistant:
        assert receive(assistant, newer(), 130) == incident_id

    assert main(["audit-inference", incident_id]) == 1

    assert "rests on other evidence" in capsys.readouterr().err


def test_an_incident_without_a_diagnosis_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """1: nothing was shown yet."""
    monkeypatch.setenv("ETIOGRAPH_HOME", str(tmp_path / "home"))
    with opened(read_settings()) as assistant:
        assistant.store.write(lambda tx: tx.replace_pack(small_pack()))
        source = Source(name=SOURCE, replay=True, created_at=START)
        assistant.store.write(lambda tx: tx.put_source(source))
        found = receive(assistant, storm(), 120)

    assert main(["audit-inference", found]) == 1

    assert "has no diagnosis yet" in capsys.readouterr().err


def test_a_server_gives_the_network_to_readers(room: ApiRoom) -> None:
    """The command asks the server that owns the folder; the network is causal/v1."""
    found = room.storm(room.source().token)
    token = room.user_token("wu", [Role.VIEWER], Scope.READ)
    desk = RemoteChores(room.client(token))

    network = desk.network(found)

    assert network.incident_id == found
    assert network.problem["schema"] == "causal/v1"
    assert network.active
    assert {cause.answers for cause in network.shown} <= {"faults", "degraded"}
    with pytest.raises(NotFoundError, match="inc-none"):
        desk.network("inc-none")
    problem_in(room.http().get(f"/api/v1/incidents/{found}/network"), 401)
    receive(room.assistant, newer(), 130)
    with pytest.raises(ConflictError, match="rests on other evidence"):
        desk.network(found)
