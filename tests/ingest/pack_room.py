"""The small pack of docs/howto-pack.md, to be written into a folder, whole or broken."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
LIBRARY: Final = ROOT / "seeds" / "library"
SEEDED: Final = ROOT / "seeds" / "medical_education"
_BLOCK: Final = re.compile(r"^\*\*`([^`]+)`\*\*\n\n```\w+\n(.*?)^```", re.MULTILINE | re.DOTALL)


def howto_files() -> dict[str, str]:
    """Take the files out of the how-to, by their path in the pack."""
    text = (ROOT / "docs" / "howto-pack.md").read_text(encoding="utf-8")
    return dict(_BLOCK.findall(text))


def write_pack(folder: Path, files: dict[str, str]) -> Path:
    """Write files into a folder and return it."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def changed(name: str, old: str, new: str) -> dict[str, str]:
    """Return the how-to's files with one text replaced; the text must be there."""
    files = howto_files()
    assert old in files[name], f"{name} holds no {old!r}"
    return {**files, name: files[name].replace(old, new, 1)}
