"""`etiograph report` and `etiograph replay` on a data folder that nobody serves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from api.bootstrap import opened
from api.cli import main
from api.settings import read_settings
from graph.model.access import Source
from tests.api.test_audit_inference import SOURCE, newer, receive, storm
from tests.small_pack import START, small_pack


@pytest.fixture
def incident_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Store a storm that grew by one alert, in a data folder that nobody owns."""
    monkeypatch.setenv("ETIOGRAPH_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ETIOGRAPH_LANG", "en")
    with opened(read_settings()) as assistant:
        assistant.store.write(lambda tx: tx.replace_pack(small_pack()))
        source = Source(name=SOURCE, replay=True, created_at=START)
        assistant.store.write(lambda tx: tx.put_source(source))
        found = receive(assistant, storm(), 120)
        receive(assistant, newer(), 250)
        assistant.diagnoser.diagnose_incident(found, computed_at=START)
    return found


def _told(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(words) == 0
    return capsys.readouterr().out


def test_a_replay_is_a_line_a_minute(incident_id: str, capsys: pytest.CaptureFixture[str]) -> None:
    """First what is looked for and since when it was known, then the minutes on the clock."""
    told = _told(capsys, "replay", incident_id).splitlines()
    assert told[0] == "First in the newest diagnosis: cdn-a"
    assert told[1].startswith(("Known from minute", "It stood first in minute"))
    minutes = [line.split() for line in told[4:]]
    assert [row[0] for row in minutes] == ["0", "1", "2", "3"]
    assert minutes[0][1] == "21:42" and "most like" in told[4]


def test_a_replay_as_json_is_the_same_each_time(
    incident_id: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """JSON only, byte for byte, with what was asked."""
    asked = ("replay", incident_id, "--with-relation", "cdn-b:DEPENDS_ON:cdn-a", "--json")
    first, second = _told(capsys, *asked), _told(capsys, *asked)
    assert first == second
    assert json.loads(first)["with_relations"] == ["small:cdn-b:DEPENDS_ON:small:cdn-a"]


@pytest.mark.parametrize(
    ("asked", "code", "word"),
    [
        (["--without-source", "nobody"], 2, "name one of: " + SOURCE),
        (["--without-source", SOURCE], 2, "no alert of this incident is left"),
        (["--with-relation", "a>b"], 2, "A:KIND:B"),
    ],
)
def test_what_cannot_be_asked_is_said_in_one_line(
    incident_id: str, capsys: pytest.CaptureFixture[str], asked: list[str], code: int, word: str
) -> None:
    """Nothing on stdout, one line on stderr, the exit code of bad input."""
    assert main(["replay", incident_id, *asked]) == code
    out, err = capsys.readouterr()
    assert out == "" and word in err and err.count("\n") == 1


def test_an_unknown_incident_is_a_no(incident_id: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 1, and which id."""
    assert main(["replay", incident_id + "0"]) == 1
    assert incident_id + "0" in capsys.readouterr().err


def test_the_report_is_markdown_in_the_language_of_the_terminal(
    incident_id: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of any fourteen days; as JSON with its figures."""
    told = _told(capsys, "report", "--until", "2026-03-14")
    assert told.startswith("# Diagnosis, fortnightly report\n\n2026-03-01 to 2026-03-14")
    found = json.loads(_told(capsys, "report", "--json"))
    assert found["now"]["figures"]["cases"] == 0 and found["markdown"].startswith("# ")


def test_a_day_that_is_none_is_bad_input(capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2 with the form that is wanted."""
    with pytest.raises(SystemExit) as ended:
        main(["report", "--until", "yesterday"])
    assert ended.value.code == 2 and "YYYY-MM-DD" in capsys.readouterr().err


def test_what_nobody_could_answer_is_a_page_of_markdown(
    incident_id: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The fortnight's questions without an SOP; as JSON with their counts."""
    assert _told(capsys, "unanswered").startswith("# Questions that no SOP answered")
    assert json.loads(_told(capsys, "unanswered", "--json"))["items"] == []
