"""Files in, `posterior/v1` lines out: valid, complete, cut where asked, checked beforehand."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from reasoning.engine.lines import run_infer
from reasoning.engine.problem import ProblemError
from tests.reasoning.engine.networks import channel, document, link
from tests.reasoning.engine.shared_sets import FOLDER, shared_cases

SCHEMAS = Path(__file__).resolve().parents[3] / "api" / "json_schemas"


def validator(name: str) -> jsonschema.Draft202012Validator:
    """Return a validator of one published schema, itself checked."""
    schema = json.loads((SCHEMAS / f"{name}.v1.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    """Write a problem of 30 nodes and three observations."""
    names = [f"n{index:02d}" for index in range(30)]
    problem = document(
        [{"id": name, "prior": 0.01} for name in names],
        [link("n00", name, 0.5) for name in names[1:]],
        [channel(f"{name}/x", name, 0.9, 0.01) for name in names],
    )
    observations = [
        {"id": "first", "active": ["n05/x"], "unknown": []},
        {"id": "another", "active": [], "unknown": ["n07/x"]},
        {"id": "last", "active": [f"{name}/x" for name in names], "unknown": []},
    ]
    (tmp_path / "problem.json").write_text(json.dumps(problem), encoding="utf-8")
    text = "".join(json.dumps(entry) + "\n" for entry in observations)
    (tmp_path / "observations.jsonl").write_text(text, encoding="utf-8")
    return str(tmp_path / "problem.json"), str(tmp_path / "observations.jsonl")


def test_lines_are_valid_and_in_file_order(files: tuple[str, str]) -> None:
    """Each line is a valid posterior/v1, in the order of the observations."""
    documents = [json.loads(line) for line in run_infer(*files)]

    assert [found["id"] for found in documents] == ["first", "another", "last"]
    for found in documents:
        validator("posterior").validate(found)
        assert found["duration_ms"] > 0.0


def test_top_cuts_faults_and_degraded_alike(files: tuple[str, str]) -> None:
    """The default keeps 20, `top` keeps that many, None keeps all; ties stand in id order."""
    for top, kept in ((20, 20), (3, 3), (None, 30)):
        for line in run_infer(*files, top=top):
            found = json.loads(line)
            assert len(found["faults"]) == len(found["degraded"]) == kept
    default = json.loads(next(run_infer(*files)))
    assert len(default["faults"]) == 20
    ranked = list(default["faults"].items())
    assert ranked == sorted(ranked, key=lambda entry: (-entry[1], entry[0]))


def test_everything_is_checked_before_the_first_line(files: tuple[str, str]) -> None:
    """A bad last line raises at the call, before any answer can be taken."""
    with open(files[1], "a", encoding="utf-8") as file:
        file.write('{"id":"bad","active":["zz"],"unknown":[]}\n')

    with pytest.raises(ProblemError, match=r"observations\.jsonl:4: active"):
        run_infer(*files)


def test_numbers_keep_full_double_precision(files: tuple[str, str]) -> None:
    """Reading a line back gives the very doubles of the posterior: no figure is rounded."""
    found = json.loads(next(run_infer(*files)))

    assert any(len(repr(value)) >= 17 for value in found["faults"].values())


def test_an_empty_observations_file_prints_nothing(files: tuple[str, str], tmp_path: Path) -> None:
    """No observation, no line."""
    empty = tmp_path / "empty.jsonl"
    empty.write_text("", encoding="utf-8")

    assert list(run_infer(files[0], str(empty))) == []


def test_shared_problems_fit_the_published_schema() -> None:
    """The schema of causal/v1 accepts every shared problem."""
    schema = validator("causal")
    for case in shared_cases("tiny", "tiny-faults", "tiny-group"):
        schema.validate(json.loads(Path(case.problem).read_text(encoding="utf-8")))
        for line in run_infer(case.problem, case.observations, top=None):
            validator("posterior").validate(json.loads(line))
    assert FOLDER.exists()


def test_the_schema_refuses_what_the_engine_refuses() -> None:
    """Wrong version, both kinds of prior, and a channel on two things fail the schema too."""
    schema = validator("causal")
    node = {"id": "a", "prior": 0.1}
    both = {"id": "a", "prior": 0.1, "faults": []}
    two = {"id": "c", "node": "a", "fault": "a", "detection": 0.9, "false_alarm": 0.1}

    assert schema.is_valid(document([node]))
    assert not schema.is_valid(document([]))
    assert not schema.is_valid(document([both]))
    assert not schema.is_valid(document([node], channels=[two]))
    assert not schema.is_valid({**document([node]), "schema": "causal/v2"})
