"""Two kinds of loops, compiled and plain: one answer, and no compiler where none is wanted."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings

from reasoning.engine.compile import compile_problem
from reasoning.engine.loops import Loops, has_numba, plain_loops, ready_mark
from reasoning.engine.posterior import Posterior, infer
from reasoning.engine.problem import Observation, Problem
from reasoning.engine.problem_files import parse_problem, read_observations, read_problem
from reasoning.engine.warming import warm
from tests.reasoning.engine.networks import observed
from tests.reasoning.engine.shared_sets import shared_cases

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session")
def compiled() -> Loops:
    """Return the compiled loops, made first where this machine has none yet."""
    if not has_numba():
        pytest.skip("no numba: `make setup` installs it")
    return warm()


def core_of(problem: Problem, observation: Observation, using: Loops) -> Posterior:
    """Return the answer of a core, however small the whole is."""
    return infer(
        replace(compile_problem(problem, max_width=-1, using=using), max_width=18), observation
    )


def assert_alike(one: Posterior, other: Posterior) -> None:
    """Agree to 1e-12 in every figure, relative to its size where that is above 1."""
    assert one.method == other.method
    assert one.faults == pytest.approx(dict(other.faults), rel=1e-12, abs=1e-12)
    assert one.degraded == pytest.approx(dict(other.degraded), rel=1e-12, abs=1e-12)
    assert one.log_evidence == pytest.approx(other.log_evidence, rel=1e-12, abs=1e-12)
    assert one.p_no_fault == pytest.approx(other.p_no_fault, rel=1e-9, abs=1e-12)


@given(observed(nodes=6))
@settings(max_examples=100)
def test_both_kinds_agree_on_small_networks(
    compiled: Loops, drawn: tuple[dict[str, object], Observation]
) -> None:
    """Exact, core and loopy answers are the same to 1e-12 with and without the compiler."""
    document, observation = drawn
    problem = parse_problem(document, source="test")
    plain = plain_loops()

    for width in (18, -1):
        answers = [
            infer(compile_problem(problem, max_width=width, using=kind), observation)
            for kind in (compiled, plain)
        ]
        assert_alike(*answers)
    assert_alike(core_of(problem, observation, compiled), core_of(problem, observation, plain))


def test_both_kinds_agree_on_storms(compiled: Loops) -> None:
    """On 2,300 nodes the two kinds agree to 1e-12 in every posterior."""
    for case in shared_cases("storm"):
        problem = read_problem(case.problem)
        observation = read_observations(case.observations, problem)[7]
        one, other = (
            infer(compile_problem(problem, using=kind), observation)
            for kind in (compiled, plain_loops())
        )
        assert one.method == "core"
        assert_alike(one, other)


def run_python(code: str, environment: Mapping[str, str]) -> str:
    """Run a line of Python in a process of its own and return what it prints."""
    ran = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return ran.stdout.strip()


KIND = "from reasoning.engine.loops import loops; import sys; "
TELL = "print(loops(patient=True).kind, 'numba' in sys.modules)"


def test_the_switch_keeps_the_compiler_out() -> None:
    """With NUMBA_DISABLE_JIT the loops are plain and numba is not even imported."""
    assert run_python(KIND + TELL, {"NUMBA_DISABLE_JIT": "1"}) == "plain False"


def test_without_numba_the_engine_answers() -> None:
    """Where numba cannot be found the loops are plain."""
    hide = (
        "import importlib.abc, sys\n"
        "class Hidden(importlib.abc.MetaPathFinder):\n"
        "    def find_spec(self, name, path, target=None):\n"
        "        if name == 'numba': raise ModuleNotFoundError(name)\n"
        "sys.meta_path.insert(0, Hidden())\n"
    )
    assert run_python(hide + KIND + TELL, {}) == "plain False"


def test_a_numba_that_cannot_be_loaded_is_done_without(compiled: Loops, tmp_path: Path) -> None:
    """It is installed and fails to import: the loops are plain, and the cache is left alone."""
    (tmp_path / "numba").mkdir()
    broken = "raise ImportError('Numba needs NumPy 2.3 or less')"
    (tmp_path / "numba" / "__init__.py").write_text(broken, encoding="utf-8")

    told = "print(loops(patient=True).kind, loops().kind)"

    assert run_python(KIND + told, {"PYTHONPATH": str(tmp_path)}) == "plain plain"
    assert ready_mark().exists()
    assert compiled.kind == "compiled"


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    """Where no folder for machine code can be made, loops are plain; none goes to the source."""
    (tmp_path / "file").write_text("in the way", encoding="utf-8")

    told = run_python(KIND + TELL, {"NUMBA_CACHE_DIR": str(tmp_path / "file" / "cache")})

    assert told == "plain False"
    assert not list((ROOT / "reasoning").rglob("*.nbi"))


def test_a_cold_cache_is_not_waited_for(compiled: Loops, tmp_path: Path) -> None:
    """An impatient caller gets plain loops until the machine code is there."""
    told = "print(loops().kind, 'numba' in sys.modules)"

    assert compiled.kind == "compiled"
    assert run_python(KIND + told, {"NUMBA_CACHE_DIR": str(tmp_path)}) == "plain False"
    assert run_python(KIND + told, {}) == "compiled True"


def test_loops_are_handed_out_loaded(compiled: Loops) -> None:
    """The first answer of a process pays for no loading: all machine code is in memory by then."""
    loaded = "found = loops(); print(found.kind, all(f.signatures for f in found[2:-1]))"

    assert compiled.kind == "compiled"
    assert run_python(KIND + loaded, {}) == "compiled True"


def test_a_broken_cache_is_thrown_away(compiled: Loops, tmp_path: Path) -> None:
    """Where files of machine code were cut off, loops are plain, and the mark is gone."""
    assert compiled.kind == "compiled"
    folder = tmp_path / ready_mark().parent.name
    shutil.copytree(ready_mark().parent, folder)
    for file in [*folder.rglob("*.nbi"), *folder.rglob("*.nbc")]:
        os.truncate(file, file.stat().st_size // 2)

    told = run_python(KIND + "print(loops().kind)", {"NUMBA_CACHE_DIR": str(tmp_path)})

    assert told == "plain"
    assert not (folder / ready_mark().name).exists()


def test_the_mark_is_for_these_files_alone(compiled: Loops, tmp_path: Path) -> None:
    """A second checkout of the same source has no machine code yet, and does not wait for it."""
    assert compiled.kind == "compiled"
    for name in ("reasoning", "graph"):
        skipped = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, tmp_path / name, ignore=skipped)
    here = f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"

    assert run_python(here + KIND + "print(loops().kind)", {}) == "plain"


def test_machine_code_survives_the_process_and_stays_out_of_the_source(compiled: Loops) -> None:
    """A second process adds nothing to the cache, and the source tree holds no machine code."""
    assert compiled.kind == "compiled"
    before = sorted(ready_mark().parent.rglob("*.nb*"))
    code = "from reasoning.engine.warming import warm; print(warm().kind)"

    assert run_python(code, {}) == "compiled"
    assert sorted(ready_mark().parent.rglob("*.nb*")) == before
    assert before
    assert not list((ROOT / "reasoning").rglob("*.nbi"))
