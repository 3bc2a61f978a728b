"""The causal benchmark on a folder of two small problems made here."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.causal import Plan, main, measure
from tests.benchmarks.small_problem import PROBLEM


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Write one set of one problem with two labelled incidents and hand-made truth."""
    seen = [
        {"id": "i0", "active": ["db/x", "web/x"], "unknown": []},
        {"id": "i1", "active": [], "unknown": ["db/x", "web/x"]},
    ]
    truths = [
        {"id": "i0", "faults": {"db": 0.9876, "web": 0.03}, "roots": ["db"]},
        {
            "id": "i1",
            "faults": {"db": 0.01, "web": 0.02},
            "degraded": {"db": 0.01, "web": 0.0298},
            "log_evidence": 0.0,
            "p_no_fault": 0.9702,
            "roots": ["db"],
        },
    ]
    (tmp_path / "a.problem.json").write_text(json.dumps(PROBLEM), encoding="utf-8")
    for name, rows in (("a.observations.jsonl", seen), ("a.truth.jsonl", truths)):
        text = "".join(json.dumps(row) + "\n" for row in rows)
        (tmp_path / name).write_text(text, encoding="utf-8")
    entry = {
        "problem": "a.problem.json",
        "observations": "a.observations.jsonl",
        "truth": "a.truth.jsonl",
    }
    (tmp_path / "manifest.json").write_text(json.dumps({"sets": {"small": [entry]}}), "utf-8")
    return tmp_path


def test_every_cell_and_case_is_reported(folder: Path) -> None:
    """Counts, errors, ranking beside the reference, baselines and cases are there."""
    report = measure(folder)

    assert report["counts"] == {"sets": 1, "problems": 1, "incidents": 2, "labelled": 2}
    cell = report["cells"]["small"]
    assert cell["methods"] == {"exact": 2}
    assert cell["errors"]["p_no_fault"]["max"] == pytest.approx(0.0, abs=1e-12)
    assert cell["ranking"]["top1"] == cell["ranking"]["reference"]["top1"] == 0.5
    assert cell["ranking"]["paired_top1"]["neither"] == 1
    assert set(report["baselines"]) == {"loopy", "single_fault", "most_alerts", "prior"}
    assert report["baselines"]["prior"]["small"]["top1"] == 0.0
    assert report["baselines"]["single_fault"]["small"]["top1"] == 0.5
    assert [case["case"] for case in report["cases"]] == ["a/i0", "a/i1"]
    assert report["cases"][0]["ranked"] == ["db", "web"]
    assert report["commit"] is None or len(report["commit"].removesuffix("+")) == 40


def test_exact_rivals_agree_and_are_timed(folder: Path) -> None:
    """Both rivals solve the same core in the same process: same answers, and a ratio each."""
    pytest.importorskip("pyagrum", reason="pyAgrum comes with `make setup`")

    report = measure(folder, Plan(baselines=("prior", "lazy", "pgmpy"), every=2))

    assert set(report["baselines"]) == {"prior"}
    assert set(report["rivals"]) == {"lazy", "pgmpy"}
    for cells in report["rivals"].values():
        cell = cells["small"]
        assert (cell["incidents"], cell["finished"], cell["probabilities"]) == (1, 1, 4)
        assert cell["largest_difference"] <= 1e-12
        assert 0.0 < cell["ratio"]["min"] <= cell["ratio"]["median"] <= cell["ratio"]["max"]
    assert set(report["rival_versions"]) == {"pgmpy", "pyagrum"}


def test_only_the_named_sets_are_measured(folder: Path) -> None:
    """A set that is not named is left out of every figure."""
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    manifest["sets"]["other"] = manifest["sets"]["small"]
    (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")

    assert set(measure(folder)["cells"]) == {"small", "other"}
    assert set(measure(folder, Plan(sets=("other",)))["cells"]) == {"other"}


def test_the_command_prints_json_or_a_table(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--json` prints one object; without it a line a set and a line a baseline."""
    assert main(["--data", str(folder), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["data"] == folder.name

    assert main(["--data", str(folder)]) == 0
    assert "baseline single_fault: small 0.50/1.00" in capsys.readouterr().out

    assert main(["--data", str(folder), "--baselines", "pgmpy"]) == 0
    assert "rival pgmpy: small " in capsys.readouterr().out


def test_a_folder_without_manifest_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 2, one line on stderr, nothing on stdout."""
    assert main(["--data", str(tmp_path)]) == 2

    printed = capsys.readouterr()
    assert printed.out == ""
    assert "manifest.json: not there" in printed.err


def test_a_set_that_is_not_there_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A mistyped name is no empty table: 2, and the names that there are."""
    assert main(["--data", str(folder), "--sets", "smal"]) == 2

    printed = capsys.readouterr()
    assert printed.out == ""
    assert "'smal'" in printed.err and "small" in printed.err
