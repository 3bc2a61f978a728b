"""The command line: exit codes, one line of complaint, JSON only where it was asked for."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from api.cli import main
from graph.stores.embedded_store import EmbeddedGraphStore
from tests.api.room import schema
from tests.ingest.pack_room import howto_files, write_pack
from tests.payloads import alert, payload
from tests.small_pack import START, after

ROOT = Path(__file__).resolve().parents[2]
PROBLEM = {
    "schema": "causal/v1",
    "nodes": [{"id": "a", "prior": 0.01}, {"id": "b"}],
    "links": [{"cause": "a", "effect": "b", "strength": 0.8}],
    "channels": [{"id": "b/slow", "node": "b", "detection": 0.9, "false_alarm": 0.01}],
}


@pytest.fixture(autouse=True)
def _home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("HOST", "PORT", "STORE"):
        monkeypatch.delenv(f"ETIOGRAPH_{name}", raising=False)
    monkeypatch.setenv("ETIOGRAPH_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ETIOGRAPH_LANG", "en")


def _write(path: Path, value: object) -> str:
    path.write_text(json.dumps(value), encoding="utf-8")
    return str(path)


def _refused(capsys: pytest.CaptureFixture[str], code: int, wanted: int) -> str:
    said = capsys.readouterr()
    assert (code, said.out) == (wanted, "")
    assert said.err.count("\n") == 1
    return said.err


def test_infer_prints_posteriors(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One posterior/v1 line per observation, in order."""
    problem = _write(tmp_path / "p.json", PROBLEM)
    seen = tmp_path / "o.jsonl"
    seen.write_text('{"id":"i1","active":["b/slow"],"unknown":[]}\n', encoding="utf-8")
    assert main(["infer", problem, str(seen)]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    schema("posterior").validate(json.loads(line))


def test_infer_names_the_faulty_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 2, file and key, nothing on stdout."""
    faulty = PROBLEM | {"nodes": [{"id": "a", "prior": 1.5}, {"id": "b"}]}
    problem = _write(tmp_path / "p.json", faulty)
    (tmp_path / "o.jsonl").touch()
    complaint = _refused(capsys, main(["infer", problem, str(tmp_path / "o.jsonl")]), 2)
    assert complaint.startswith(f"{problem}: nodes[0].prior")


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["import"],
        ["infer", "p.json"],
        ["infer", "p.json", "o.jsonl", "--top", "0"],
        ["infer", "p.json", "o.jsonl", "--top", "x"],
        ["user", "add", "ann"],
        ["user", "add", "ann", "--role", "king"],
        ["token", "create", "t"],
        ["token", "create", "t", "--user", "u", "--source", "s"],
        ["load"],
    ],
)
def test_a_wrong_command_line_is_two(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Also for commands that do not exist yet: they are absent, not stubs."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    _refused(capsys, int(str(ended.value.code)), 2)


def test_a_number_too_long_is_told_its_bound(capsys: pytest.CaptureFixture[str]) -> None:
    """It is at least 1: what is wrong with it is its length, and the line says so."""
    with pytest.raises(SystemExit) as ended:
        main(["infer", "p.json", "o.jsonl", "--top", "9" * 26])
    assert "at most 18 digits" in _refused(capsys, int(str(ended.value.code)), 2)


def test_diagnose_needs_no_store(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One diag/v1 a line per incident; the data folder is not even made."""
    alerts = [
        alert("PlaybackFailureHigh", at=after(n), component=f"client-r{n}-telecom")
        for n in range(1, 6)
    ]
    file = tmp_path / "alerts.json"
    file.write_bytes(payload(*alerts))
    assert main(["diagnose", str(file), "--json"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines
    for line in lines:
        schema("diag").validate(json.loads(line))
    assert not (tmp_path / "home").exists()
    assert main(["diagnose", str(file)]) == 0
    assert "first for now is" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (b"{broken", ""),
        (payload(alert("A", at=START), version="3"), "/version"),
    ],
)
def test_diagnose_names_the_faulty_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, place: str
) -> None:
    """Exit 2 with file and place; a missing file and a bad instant likewise."""
    file = tmp_path / "alerts.json"
    file.write_bytes(content)
    complaint = _refused(capsys, main(["diagnose", str(file)]), 2)
    assert complaint.startswith(str(file))
    assert place in complaint
    _refused(capsys, main(["diagnose", str(tmp_path / "none.json")]), 2)
    _refused(capsys, main(["diagnose", str(file), "--at", "noon"]), 2)
    _refused(capsys, main(["diagnose", str(file), "--pack", "nothing"]), 2)
    twice = ["--pack", "medical_education", "--pack", str(ROOT / "seeds" / "medical_education")]
    assert "each pack once" in _refused(capsys, main(["diagnose", str(file), *twice]), 2)
    for blank in ("", "  "):
        said = _refused(capsys, main(["diagnose", str(file), "--source", blank]), 2)
        assert said.startswith("--source: ")


def test_load_check_and_expand(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A good pack is well and is printed whole; a folder that is none is 2."""
    assert main(["load", "--check", "medical_education"]) == 0
    capsys.readouterr()
    assert main(["load", "--expand", "medical_education", "--json"]) == 0
    graph = json.loads(capsys.readouterr().out)
    assert set(graph) == {"components", "relations", "flows", "alert_types"}
    _refused(capsys, main(["load", "--check", str(tmp_path)]), 2)
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "pack.yaml").write_bytes(b"id: p\xff\n")
    complaint = _refused(capsys, main(["load", "--check", "medical_education", str(broken)]), 2)
    assert str(broken / "pack.yaml") in complaint


def test_accounts_are_made_and_renewed(capsys: pytest.CaptureFixture[str]) -> None:
    """The password is printed once; a taken name is 1, an unknown one too; an odd one is 2."""
    assert main(["user", "add", "ann", "--role", "operator", "--json"]) == 0
    first = json.loads(capsys.readouterr().out)["password"]
    assert main(["user", "reset", "ann", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["password"] != first
    _refused(capsys, main(["user", "add", "ann", "--role", "viewer"]), 1)
    _refused(capsys, main(["user", "reset", "bob"]), 1)
    for odd in ("a b", "a/b", "..", "溯", ""):
        _refused(capsys, main(["user", "add", odd, "--role", "viewer"]), 2)
        _refused(capsys, main(["user", "reset", odd]), 2)


def test_an_account_may_see_some_sites_only(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each --site adds one; without any it sees all; a site that is no id is 2."""
    assert main(["user", "add", "ann", "--role", "viewer", "--site", "r1", "--site", "r2"]) == 0
    assert main(["user", "add", "bob", "--role", "viewer"]) == 0
    capsys.readouterr()
    store = EmbeddedGraphStore(tmp_path / "home" / "store.db")
    assert {user.name: user.sites for user in store.users()} == {"ann": ("r1", "r2"), "bob": None}
    store.close()
    odd = ["user", "add", "eve", "--role", "viewer", "--site", "no site"]
    assert _refused(capsys, main(odd), 2).startswith("--site: ")


def test_a_home_that_is_no_folder_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """1 with one line, for a file and for what lies below one."""
    (tmp_path / "file").touch()
    for home in ("file", "file/below"):
        monkeypatch.setenv("ETIOGRAPH_HOME", str(tmp_path / home))
        assert "cannot be used" in _refused(capsys, main(["doctor"]), 1)


def test_tokens_are_made(capsys: pytest.CaptureFixture[str]) -> None:
    """For a source with its signing secret; for an unknown user 1."""
    assert main(["token", "create", "t", "--source", "am", "--replay", "--json"]) == 0
    issued = json.loads(capsys.readouterr().out)
    assert issued["scopes"] == ["ingest"]
    assert issued["signing_secret"]
    _refused(capsys, main(["token", "create", "t", "--user", "nobody"]), 1)
    _refused(capsys, main(["token", "create", "t", "--source", "am", "--scope", "read"]), 2)


def test_a_checked_pack_is_counted_in_good_english(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One flow is no flows."""
    pack = write_pack(tmp_path / "tiny", howto_files())
    assert main(["load", "--check", str(pack)]) == 0
    said = capsys.readouterr().out
    assert not re.search(r"\b1 \w+s\b", said)
    assert "1 flow," in said


def test_the_help_tells_every_deed_of_an_account(capsys: pytest.CaptureFixture[str]) -> None:
    """Making one, adding roles and renewing its password stand where one looks first."""
    with pytest.raises(SystemExit):
        main(["--help"])
    assert "add roles" in " ".join(capsys.readouterr().out.split())


def test_ask_says_when_nothing_is_loaded(capsys: pytest.CaptureFixture[str]) -> None:
    """1 with what to do, in the language of the question, before any pack is there."""
    assert main(["ask", "考试系统连接池耗尽怎么处理?"]) == 1
    said = capsys.readouterr().out
    assert "没有载入" in said and "etiograph load" in said and "没有匹配" not in said
    assert main(["ask", "exam connection pool exhausted"]) == 1
    assert "No pack is loaded" in capsys.readouterr().out


def test_a_load_is_told_in_the_language_of_the_house(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Loaded again, nothing is new in either."""
    monkeypatch.setenv("ETIOGRAPH_LANG", "zh")
    assert main(["load", "medical_education"]) == 0
    capsys.readouterr()
    assert main(["load", "medical_education"]) == 0
    assert "medical_education：新增 0，修改 0，删除 0，不变 " in capsys.readouterr().out
    monkeypatch.setenv("ETIOGRAPH_LANG", "en")
    assert main(["load", "medical_education"]) == 0
    assert "medical_education: 0 added, 0 changed, 0 removed, " in capsys.readouterr().out


def test_the_doctor_says_how_a_pack_comes_in(capsys: pytest.CaptureFixture[str]) -> None:
    """1 for a house without a pack, with a command that can be copied."""
    assert main(["doctor"]) == 1
    assert ".venv/bin/etiograph load medical_education" in capsys.readouterr().out


def test_ask_names_a_place_once_and_who_must_agree(capsys: pytest.CaptureFixture[str]) -> None:
    """A folded step stands in one place of its SOP, and says who agrees to its action."""
    assert main(["load", "medical_education"]) == 0
    capsys.readouterr()
    assert main(["ask", "考试系统连接池耗尽怎么处理?"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines.count("   [medical_education:exam-01 处置 1]") == 1
    assert any("须运维主管同意" in line and "终止拖慢数据库的查询" in line for line in lines)


def test_ask_answers_or_refuses(capsys: pytest.CaptureFixture[str]) -> None:
    """0 with cited steps in answer/v1, 1 when nothing fits, 2 for no question."""
    assert main(["load", "medical_education"]) == 0
    capsys.readouterr()
    assert main(["ask", "How do I handle exhausted connection pools of the exam system?"]) == 0
    assert "[medical_education:" in capsys.readouterr().out
    assert main(["ask", "wie backe ich einen Apfelkuchen", "--json"]) == 1
    refused = json.loads(capsys.readouterr().out)
    schema("answer").validate(refused)
    assert refused["refused"]
    _refused(capsys, main(["ask", "  "]), 2)


@pytest.mark.parametrize(
    "arguments", [[""], ["x" * 5000], ["x", "--incident", "../x"], ["\udcff\udcfe"]]
)
def test_a_question_that_is_none_is_two(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Also bytes that are no text, without a server as with one: one line, no traceback."""
    complaint = _refused(capsys, main(["ask", *arguments]), 2)
    assert complaint.startswith(("QUESTION: ", "--incident: "))


def test_alerts_that_make_no_incident_are_accounted_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A person reads where the alerts went; --json prints nothing then."""
    file = tmp_path / "alerts.json"
    file.write_bytes(payload(alert("Odd", at=START, component="nowhere")))
    assert main(["diagnose", str(file), "--json"]) == 0
    assert capsys.readouterr().out == ""
    assert main(["diagnose", str(file)]) == 0
    assert capsys.readouterr().out.startswith("No incident: ")


@pytest.mark.parametrize(("sink", "code"), [("/dev/full", 1), ("/dev/null", 0)])
def test_a_poor_terminal_or_a_full_disk_is_no_traceback(
    tmp_path: Path, sink: str, code: int
) -> None:
    """Chinese on an ASCII terminal is escaped; what cannot be written is one line and 1."""
    files = [_write(tmp_path / "p.json", PROBLEM), str(tmp_path / "o.jsonl")]
    Path(files[1]).write_text('{"id": "溯", "active": [], "unknown": []}\n', encoding="utf-8")
    ascii_only = os.environ | {"PYTHONIOENCODING": "ascii"}
    with open(sink, "w", encoding="ascii") as output:
        done = subprocess.run(
            [sys.executable, "-m", "api.cli", "infer", *files],
            stdout=output,
            stderr=subprocess.PIPE,
            env=ascii_only,
            cwd=ROOT,
            check=False,
        )
    assert done.returncode == code
    assert done.stderr.count(b"\n") == code


def test_the_doctor_says_what_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    """A new folder has neither pack nor account: 1, with a line for each check."""
    assert main(["user", "add", "ann", "--role", "viewer"]) == 0
    capsys.readouterr()
    assert main(["doctor"]) == 1
    said = capsys.readouterr().out
    assert "etiograph load" in said
    assert "1 accounts" in said


def test_the_doctor_leaves_no_trace_where_nothing_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An unused home is examined as empty, and is not made by looking."""
    assert main(["doctor"]) == 1
    said = capsys.readouterr().out
    assert not (tmp_path / "home").exists()
    assert "etiograph load" in said
    assert "etiograph user add" in said


def test_roles_are_granted_until_set_up_is_sealed(capsys: pytest.CaptureFixture[str]) -> None:
    """Then the command names the page and the two people, and changes nothing."""
    assert main(["user", "add", "li", "--role", "operator"]) == 0
    assert main(["user", "grant", "li", "--role", "ops_lead", "--json"]) == 0
    out = capsys.readouterr().out
    assert json.loads(out.splitlines()[-1])["roles"] == ["operator", "ops_lead"]
    for command in (
        ["user", "grant", "li", "--role", "academic_lead"],
        ["user", "add", "wu", "--role", "admin"],
        ["user", "reset", "li"],
    ):
        said = _refused(capsys, main(command), 1)
        assert "another lead or admin confirms" in said
    assert main(["user", "grant", "li", "--role", "viewer"]) == 0
    assert "ops_lead, viewer" in capsys.readouterr().out
    _refused(capsys, main(["user", "grant", "nobody", "--role", "viewer"]), 1)
