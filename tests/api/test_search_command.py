"""`etiograph search`: a corpus of lines, or the store; one query, or a file of them."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from api.cli import main
from tests.retrieval.test_search import schema

CORPUS = [
    {"id": "po/Pool", "title": "Connection pool", "text": "the connection pool is exhausted"},
    {"id": "磁盘", "title": "磁盘写满", "text": "清理日志，磁盘写满会停写", "system": "x"},
]


@pytest.fixture(autouse=True)
def without_encoder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Search by words in a data folder of its own: nothing heavy is loaded."""
    monkeypatch.setenv("ETIOGRAPH_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ETIOGRAPH_EMBEDDER", "none")


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Write a corpus of two documents, one in each language."""
    return lines(tmp_path / "corpus.jsonl", CORPUS)


def lines(path: Path, rows: list[dict[str, str]]) -> Path:
    """Write rows as JSON lines."""
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return path


def test_one_query_is_answered_as_search_v1(
    corpus: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ids are the corpus's own, and it is said that words alone were searched."""
    assert main(["search", "--corpus", str(corpus), "磁盘满了", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    jsonschema.validate(found, schema("search"))
    assert found["results"][0]["id"] == "磁盘"
    assert found["note"]["zh"]


def test_a_corpus_moves_no_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Control and bidi characters of a title are shown as what they are."""
    row = {"id": "a", "title": "pool\x1b[31m red\u202e", "text": "the pool is exhausted"}
    corpus = lines(tmp_path / "odd.jsonl", [row])
    assert main(["search", "--corpus", str(corpus), "pool exhausted"]) == 0
    told = capsys.readouterr().out
    assert "\x1b" not in told and "\u202e" not in told and "U+001B" in told


def test_many_queries_are_answered_line_by_line(corpus: Path, tmp_path: Path) -> None:
    """A line each, in order; one that says nothing has an honest none."""
    asked = [{"id": "q1", "text": "pool exhausted"}, {"id": "q2", "text": "\u200b"}]
    queries, out = lines(tmp_path / "q.jsonl", asked), tmp_path / "run.jsonl"
    arguments = ["search", "--corpus", str(corpus), "--queries", str(queries), "--out", str(out)]
    assert main(arguments) == 0
    first, second = map(json.loads, out.read_text(encoding="utf-8").splitlines())
    assert (first["qid"], first["ranked"][0]) == ("q1", "po/Pool")
    assert len(first["scores"]) == len(first["ranked"])
    assert 0.0 <= first["confidence"] <= 1.0
    assert first["latency_ms"] > 0.0
    assert (second["ranked"], second["support"], second["confidence"]) == ([], "none", 0.0)


def test_no_answers_are_written_over_what_is_read(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Queries, corpus, a folder, a folder that is not there: exit 2, and all stays as it was."""
    queries = lines(tmp_path / "q.jsonl", [{"id": "q1", "text": "pool"}])
    before = {path: path.read_bytes() for path in (queries, corpus)}
    again = tmp_path / "again.jsonl"
    again.symlink_to(queries)
    for out in (queries, corpus, again, tmp_path, tmp_path / "no" / "run.jsonl"):
        arguments = ["--corpus", str(corpus), "--queries", str(queries), "--out", str(out)]
        assert main(["search", *arguments]) == 2
        assert str(out) in capsys.readouterr().err
    assert before == {path: path.read_bytes() for path in before}
    assert {path.name for path in tmp_path.iterdir()} <= {
        "again.jsonl",
        "corpus.jsonl",
        "q.jsonl",
        "home",
    }


def test_a_line_ends_where_its_line_ends(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """U+2028, U+0085 and CR LF, as JSON allows them."""
    row = {"id": "a", "text": "the pool\u2028is\u0085exhausted"}
    path = tmp_path / "odd.jsonl"
    path.write_bytes(f"{json.dumps(row, ensure_ascii=False)}\r\n\r\n".encode())
    assert main(["search", "--corpus", str(path), "pool exhausted", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["results"][0]["id"] == "a"


def test_an_empty_store_finds_nothing_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    """No packs, no hits, no error."""
    assert main(["search", "pool", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["results"], found["support"]) == ([], "none")


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        ('{"id": "a", "text": "x"}\n{"id": "a"}', "2: id: 'a' stands in line 1 already"),
        ('{"id": "a"', "1: is no JSON"),
        ('{"title": "a"}', "1: id: "),
        ("[1]", "1: "),
    ],
)
def test_a_faulty_corpus_is_bad_input(
    rows: str, fault: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 2, nothing on stdout, one line that names file, line and key."""
    path = tmp_path / "bad.jsonl"
    path.write_text(rows, encoding="utf-8")
    assert main(["search", "--corpus", str(path), "x"]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert f"{path}:{fault}" in err


def test_a_query_or_a_file_of_them_must_be_given(capsys: pytest.CaptureFixture[str]) -> None:
    """Neither, both, or a file without a place for the answers: exit 2."""
    for arguments in ([], ["x", "--queries", "q"], ["--queries", "q"], ["x", "--out", "o"]):
        assert main(["search", *arguments]) == 2
    assert "--out RUN.jsonl" in capsys.readouterr().err
