"""`etiograph import`: SOPs from documents as drafts, past cases from CSV and JSONL."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graph.errors import InputError, TooLargeError

if TYPE_CHECKING:
    from api.schemas.documents import ImportedItem, ImportReport
    from api.settings import Settings

_BYTES_AT_MOST = 50 * 1024 * 1024


def describe(commands: argparse._SubParsersAction[Any]) -> None:
    """Add the command to the parser."""
    importing = commands.add_parser("import", help="take in SOP documents or past cases")
    importing.add_argument("kind", choices=("sops", "cases"), metavar="KIND", help="sops or cases")
    importing.add_argument("files", nargs="+", type=Path, metavar="FILE")
    importing.add_argument("--pack", metavar="ID", help="the loaded pack (default: the only one)")
    importing.add_argument("--dry-run", action="store_true", help="only say what would happen")
    importing.add_argument("--json", action="store_true", help="the report as JSON")


def run(settings: Settings, chosen: argparse.Namespace) -> int:
    """Take files in and print a report of each; 1 where some were refused.

    Raises: InputError where all were.
    """
    from api.chores import chores
    from api.commands.terminal import say, say_json
    from api.schemas.documents import Incoming

    files = [_read(path) for path in chosen.files]
    _check_names(chosen.files)
    with chores(settings) as desk:
        wanted = Incoming(chosen.kind, files, chosen.pack, chosen.dry_run)
        report = desk.bring_in(wanted)
    if report.refused == len(report.items):
        told = "; ".join(_line(item, settings.lang) for item in report.items)
        raise InputError(told)
    if chosen.json:
        say_json(report.model_dump(mode="json"))
    else:
        for line in _lines(report, settings.lang):
            say(line)
    return 1 if report.refused else 0


def _read(path: Path) -> tuple[str, bytes]:
    try:
        if path.stat().st_size > _BYTES_AT_MOST:
            raise TooLargeError(f"{path}: over {_BYTES_AT_MOST} bytes; split it")
        return path.name, path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); is it there?") from None


def _check_names(paths: Sequence[Path]) -> None:
    seen = set[str]()
    for path in paths:
        if path.name in seen:
            raise InputError(f"{path}: another file of this call has that name; rename one")
        seen.add(path.name)


def _line(item: ImportedItem, lang: str) -> str:
    said = [finding.text.zh if lang == "zh" else finding.text.en for finding in item.findings]
    return f"{item.file}: {'; '.join(said)}"


_WORDS = {
    "zh": {"taken": "已收", "unchanged": "没有变化", "refused": "没有收"},
    "en": {"taken": "taken in", "unchanged": "unchanged", "refused": "refused"},
}


def _lines(report: ImportReport, lang: str) -> list[str]:
    words = _WORDS[lang]
    lines = []
    for item in report.items:
        version = f" {item.version_id}" if item.version_id else ""
        lines.append(f"{item.file}: {words[item.outcome]}{version}")
        for finding in item.findings:
            lines.append(f"    {finding.text.zh if lang == 'zh' else finding.text.en}")
        for change in item.changes:
            sign = "+" if change.change == "added" else "-"
            lines += (f"    {sign} {line}" for line in change.command.text.splitlines())
    if report.dry_run:
        lines.append("试运行，什么都没有存" if lang == "zh" else "dry run: nothing was stored")
    return lines
