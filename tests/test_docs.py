"""The documents point at things that exist."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[1]
_LINK: Final = re.compile(r"\[[^\]]*\]\(\s*<?([^)\s>]+)")
_HEADING: Final = re.compile(r"^#+\s+(.*?)\s*#*$", re.MULTILINE)
_FENCE: Final = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)


def _documents() -> list[Path]:
    return sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def _prose(path: Path) -> str:
    return _FENCE.sub("", path.read_text(encoding="utf-8"))


def _anchors(path: Path) -> set[str]:
    """Name the anchors that a Markdown viewer makes of the headings."""
    titles = (re.sub(r"[`*_]", "", title).lower() for title in _HEADING.findall(_prose(path)))
    return {re.sub(r"[^\w\- ]", "", title).replace(" ", "-") for title in titles}


def _is_broken(link: str, source: Path) -> bool:
    address, _, anchor = link.partition("#")
    target = (source.parent / address).resolve() if address else source
    if not target.exists() or not target.is_relative_to(ROOT):
        return True
    return bool(anchor) and target.suffix == ".md" and anchor not in _anchors(target)


@pytest.mark.parametrize("path", _documents(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_inside_the_repository_lead_somewhere(path: Path) -> None:
    """A relative link names a file that is here, and a heading that it has."""
    inside = [link for link in _LINK.findall(_prose(path)) if "://" not in link]

    assert [
        link for link in inside if not link.startswith("mailto:") and _is_broken(link, path)
    ] == []
