"""The import contracts of pyproject.toml do break when somebody crosses a wall."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[1]
PACKAGES: Final = ("graph", "ingest", "reasoning", "retrieval", "api", "ui", "benchmarks")
LINT: Final = "from importlinter.cli import lint_imports_command as lint; lint()"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Copy our modules and their contracts into a folder of the test's own."""
    for package in PACKAGES:
        shutil.copytree(
            ROOT / package,
            tmp_path / package,
            ignore=lambda folder, names: _no_module(folder, names),
        )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def _no_module(folder: str, names: list[str]) -> set[str]:
    """Name what the linter does not read."""
    keep = {name for name in names if name.endswith(".py") or (Path(folder) / name).is_dir()}
    return set(names) - keep | {"__pycache__"}


def _broken_contracts(folder: Path) -> str:
    """Lint the folder; return the lines that name a broken contract."""
    ran = subprocess.run(
        [sys.executable, "-c", LINT, "--no-logo", "--no-cache"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return "\n".join(line for line in ran.stdout.splitlines() if " BROKEN" in line)


@pytest.mark.parametrize(
    ("module", "statement", "contract"),
    [
        ("graph/model/topology.py", "import ingest", "Four floors"),
        ("reasoning/diagnose.py", "import retrieval", "Four floors"),
        ("graph/ports.py", "import graph.stores.schema", "Inside graph"),
        ("graph/model/base.py", "import graph.model.incident", "The model reads in the order"),
        ("graph/model/brand_new.py", "", "The model reads in the order"),
        ("graph/model/signals.py", "import networkx", "Model, ports and errors are pure"),
        ("benchmarks/simulator/physics.py", "import reasoning", "The simulator and the diagnosis"),
        ("graph/stores/sql.py", "import neo4j", "neo4j has one home"),
        ("reasoning/diagnose.py", "import pgmpy.models", "pgmpy has one home"),
        ("retrieval/searching/search.py", "import faiss", "faiss has one home"),
        ("ui/views/incidents.py", "import ingest", "ui knows client and schemas"),
        ("ui/desk.py", "import api.bootstrap", "ui knows client and schemas"),
        ("api/doorway/doors.py", "import graph.stores.embedded_store", "Only the composition root"),
        (
            "api/background/worker.py",
            "import reasoning.remediation.runners.webhook",
            "Only the composition",
        ),
        (
            "reasoning/network/causal_model.py",
            "import reasoning.answer.explain",
            "Inside reasoning",
        ),
        (
            "reasoning/network/priors.py",
            "import reasoning.network.builder",
            "From the graph to the",
        ),
        ("reasoning/answer/words.py", "import reasoning.answer.sentence", "The answer is made in"),
        ("reasoning/engine/core.py", "import graph.model.incident", "The engine knows nothing"),
        ("ingest/intake.py", "import graph.stores.embedded_store", "Only the composition root"),
        ("graph/calendar.py", "import graph.failure, graph.words", "Inside graph"),
        ("retrieval/words/tokens.py", "import retrieval.index.shelf", "No circles among siblings"),
        ("api/doorway/auth.py", "import streamlit", "streamlit lives in ui"),
        ("retrieval/bm25.py", "import networkx", "networkx walks only where graphs live"),
    ],
)
def test_a_planted_import_breaks_its_contract(
    copy: Path, module: str, statement: str, contract: str
) -> None:
    """Crossing a wall is reported under the name of that wall."""
    with (copy / module).open("a", encoding="utf-8") as file:
        file.write(f"\n{statement}\n")

    assert contract in _broken_contracts(copy)
