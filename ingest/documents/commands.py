"""Commands of a document: only what stands in code marks is one; linted, and compared."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from graph.bare_commands import bare_commands
from graph.model.document import CommandChange, DocumentCommand
from graph.model.knowledge import SopSectionName
from ingest.documents.blocks import Note

_DESTRUCTIVE: Final = re.compile(
    r"\brm\s+(?:-\w+\s+)*-\w*[rf]|\bmkfs\b|\bdd\s[^|;]*\bof=|\bshred\b|\bwipefs\b|\bfdisk\b"
    r"|>\s*/dev/(?:sd|nvme|vd)|\bchmod\s+(?:-\w+\s+)*0?777\b|:\(\)\s*\{"
    r"|\bdrop\s+(?:table|database|schema|index|user|keyspace)\b|\btruncate\s+(?:table\s+)?\w"
    r"|\bdelete\s+from\s+\S+\s*(?:;|$)|\bupdate\s+\S+\s+set\s+(?:(?!\bwhere\b).)*(?:;|$)"
    r"|\bflush(?:all|db)\b|\bkubectl\s+(?:\S+\s+)*?(?:delete|drain)\b|\bhelm\s+(?:uninstall|delete)\b"
    r"|\bterraform\s+destroy\b|\bdocker\s+(?:system|volume|image)\s+prune\b|\bgit\s+push\s+.*--force"
    r"|\biptables\s+-F\b|\b(?:shutdown|reboot|halt|poweroff|init\s+[06])\b|\bkill(?:all)?\s+-9\b"
    r"|\blvremove\b|\bvgremove\b|\bzpool\s+destroy\b|\bdropdb\b|\bformat\s+[a-z]:",
    re.I,
)
_PIPE_TO_SHELL: Final = re.compile(
    r"\b(?:curl|wget|fetch)\b[^\n]*\|\s*(?:sudo\s+)?(?:ba|z|k|da)?sh\b"
    r"|\b(?:ba|z)?sh\s+(?:-c\s+)?[\"']?(?:<\(|\$\(|`)\s*(?:curl|wget)|\biex\b.*\b(?:iwr|downloadstring)\b"
    r"|\b(?:curl|wget)\b[^\n]*\|\s*(?:sudo\s+)?(?:python|perl|ruby)\d?\b"
    r"|\bbase64\s+(?:-d|--decode)\b[^\n]*\|\s*(?:sudo\s+)?(?:ba)?sh\b|\beval\s+[\"'$`]",
    re.I,
)
_URL: Final = re.compile(r"https?://[^\s\"'`<>）)，。；]+", re.I)
_ODD: Final = re.compile(r"[\u00a0\u2010-\u2015\u2018-\u201f\u0370-\u052f\uff01-\uff5e]")
# A shell's prompt; a Chinese note about `# 号` is none.
_PROMPT: Final = re.compile(r"(?:^|\n)\s*[$#][ \t]+[A-Za-z./][^\n]*")


class Place(NamedTuple):
    """Where a step stands: its section and number."""

    section: SopSectionName
    step: int


def commands_in(spans: Iterable[tuple[Place, str]]) -> tuple[DocumentCommand, ...]:
    """Give what stands in code marks, in the order of the document."""
    return tuple(
        DocumentCommand(section=place.section, step=place.step, text=text.strip())
        for place, text in spans
        if text.strip()
    )


def linted(text: str, place: int) -> Iterator[Note]:
    """Yield what is dangerous or odd in one command."""
    if found := _PIPE_TO_SHELL.search(text):
        yield Note("pipe_to_shell", place, found[0][:120])
    if found := _DESTRUCTIVE.search(text):
        yield Note("destructive", place, text.strip()[:120])
    if odd := sorted(set(_ODD.findall(text))):
        yield Note("odd_letters", place, ", ".join(f"U+{ord(c):04X} {c}" for c in odd[:5]))


def bare_commands_in(text: str, spans: Sequence[str]) -> tuple[str, ...]:
    """Give what looks like a command outside code marks, in reading order, at most 120 letters."""
    without = text
    for span in spans:
        without = without.replace(span, "")
    found = [without[start:end] for start, end in bare_commands(without)]
    prompts = (line[0].strip() for line in _PROMPT.finditer(without))
    found += (line for line in prompts if not any(command in line for command in found))
    return tuple(command[:120] for command in dict.fromkeys(found))


def hosts_in(texts: Iterable[str]) -> frozenset[str]:
    """Name the hosts of every address in these texts."""
    found = (url for text in texts for url in _URL.findall(text))
    return frozenset(filter(None, map(_host, found)))


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return url.lower()


def compare(
    before: Sequence[DocumentCommand], after: Sequence[DocumentCommand]
) -> tuple[CommandChange, ...]:
    """Give what publishing adds and removes, in the order of the document; equal ones are left out.

    A command that moved to another section is removed there and added here.
    """
    old = [(command.section, command.text) for command in before]
    new = [(command.section, command.text) for command in after]
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    changes: list[CommandChange] = []
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag != "equal":
            changes += (CommandChange(change="removed", command=before[i]) for i in range(i1, i2))
            changes += (CommandChange(change="added", command=after[j]) for j in range(j1, j2))
    return tuple(changes)
