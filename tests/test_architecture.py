"""The house rules that neither the type checker nor the linters can see."""

from __future__ import annotations

import ast
import importlib
import tomllib
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[1]
PACKAGES: Final = ("graph", "ingest", "reasoning", "retrieval", "api", "ui", "benchmarks")
CONSTRAINTS: Final = ("constraints.txt", "constraints-dense.txt")
LINES_AT_MOST: Final = 300
LINES_AT_MOST_IN_STORES: Final = 350


def _modules(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("package", PACKAGES)
def test_our_packages_are_the_ones_imported(package: str) -> None:
    """A stray top-level package of some wheel does not stand in for one of ours."""
    found = importlib.import_module(package).__file__

    assert found == str(ROOT / package / "__init__.py")


def test_every_folder_of_modules_is_a_package() -> None:
    """A module beside no `__init__.py` would be invisible to the import contracts."""
    folders = {path.parent for path in _modules(*PACKAGES, "tests")}

    assert [_name(folder) for folder in folders if not (folder / "__init__.py").is_file()] == []


def _is_one_docstring(path: Path) -> bool:
    body = ast.parse(path.read_text(encoding="utf-8")).body
    return (
        len(body) == 1
        and isinstance(body[0], ast.Expr)
        and isinstance(body[0].value, ast.Constant)
        and isinstance(body[0].value.value, str)
    )


def test_init_holds_a_docstring_and_nothing_else() -> None:
    """The import contracts do not see what a parent `__init__.py` drags in, so it drags nothing."""
    inits = [path for path in _modules(*PACKAGES, "tests") if path.name == "__init__.py"]

    assert [_name(path) for path in inits if not _is_one_docstring(path)] == []


def _is_too_long(path: Path) -> bool:
    limit = LINES_AT_MOST_IN_STORES if "stores" in path.parts else LINES_AT_MOST
    return len(path.read_text(encoding="utf-8").splitlines()) > limit


def test_modules_stay_small() -> None:
    """A module that no longer fits on a few screens is split."""
    assert [_name(path) for path in _modules(*PACKAGES) if _is_too_long(path)] == []


def test_nothing_under_ui_shadows_a_package() -> None:
    """`streamlit run ui/app.py` puts ui/ first on sys.path: `ui/graph.py` would hide `graph`."""
    names = {path.stem for path in (ROOT / "ui").iterdir()}

    assert not names & {*PACKAGES, "tests", "seeds"}
    assert "pages" not in names, "Streamlit makes phantom pages of it; ours is ui/views"


@pytest.mark.parametrize("name", CONSTRAINTS)
def test_constraints_name_no_address(name: str) -> None:
    """The pinned parts are names, versions and hashes, from whatever registry the machine uses."""
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()

    assert not [line for line in lines if "://" in line or line.startswith("-")]


@pytest.mark.parametrize("name", CONSTRAINTS)
def test_each_constraint_is_pinned_and_hashed(name: str) -> None:
    """Installing checks every part against a hash."""
    lines = _pins(name)

    assert not [line for line in lines if "==" not in line or "--hash=sha256:" not in line]


def test_the_extra_leaves_the_core_as_it_is() -> None:
    """Whoever installs `[dense]` later changes no version of what is installed."""
    core, dense = (
        dict(line.split()[0].split("==") for line in _pins(name)) for name in CONSTRAINTS
    )

    assert {part for part in core.keys() & dense.keys() if core[part] != dense[part]} == set()
    assert "torch" in dense.keys() - core.keys()


def test_every_package_is_typed() -> None:
    """Whoever imports a package of ours gets its types."""
    assert [p for p in PACKAGES if not (ROOT / p / "py.typed").is_file()] == []


def test_import_contracts_cover_every_package() -> None:
    """A new top-level package cannot live outside the floors."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        linter = tomllib.load(file)["tool"]["importlinter"]

    present = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
    assert present == set(linter["root_packages"]) == set(PACKAGES)


def _pins(name: str) -> list[str]:
    return (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
