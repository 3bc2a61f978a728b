"""What a reader gives: the blocks of a document in their order, each with its place.

Crosses the wall between the process that reads and the one that asked, as plain JSON; so it knows
nothing of the rest of the product.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Final

_MARKS: Final = re.compile(r"`+")


class BlockKind(StrEnum):
    """A heading, a numbered or other item of a list, a paragraph, or lines of code."""

    HEADING = "heading"
    ITEM = "item"
    BULLET = "bullet"
    TEXT = "text"
    CODE = "code"


@dataclass(frozen=True)
class Block:
    """One block; `place` counts lines, paragraphs or pages from 1, `level` depth from 1.

    `spans`: what stands in code marks within the text. `links`: where the text leads.
    """

    kind: BlockKind
    text: str
    place: int
    level: int = 1
    spans: tuple[str, ...] = ()
    links: tuple[str, ...] = ()


def marked(code: str) -> str:
    """Put a command between marks that it does not hold itself, as Markdown does.

    >>> marked("date"), marked("echo `date`")
    ('`date`', '`` echo `date` ``')
    """
    if "`" not in code:
        return f"`{code}`"
    run = "`" * (max(map(len, _MARKS.findall(code))) + 1)
    return f"{run} {code} {run}"


def unmarked(text: str) -> str:
    """Give text beside a command without marks of its own: they would turn the pairs round."""
    return text.replace("`", "'")


@dataclass(frozen=True)
class Note:
    """Something that a reader saw and the report tells, by a code of `wording.SAID`."""

    code: str
    place: int = 0
    seen: str = ""


@dataclass(frozen=True)
class Reading:
    """A document as read; `unit` is what places count, `front` the text of its front matter.

    `refused` = nothing could be read.
    """

    unit: str
    title: str = ""
    front: str = ""
    blocks: tuple[Block, ...] = ()
    notes: tuple[Note, ...] = ()
    refused: Note | None = None


class Refusal(Exception):
    """A reader cannot take the document; `note` says why."""

    def __init__(self, code: str, place: int = 0, seen: str = "") -> None:
        """Keep the reason."""
        super().__init__(code)
        self.note = Note(code, place, seen[:200])


@dataclass
class Collected:
    """Blocks and notes while a document is read."""

    blocks: list[Block] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    def add(self, block: Block) -> None:
        """Take a block that says something."""
        if block.text.strip():
            self.blocks.append(block)

    def note(self, code: str, place: int = 0, seen: str = "") -> None:
        """Take a note, each once."""
        note = Note(code, place, seen[:200])
        if note not in self.notes:
            self.notes.append(note)


def to_json(reading: Reading) -> str:
    """Write a reading for the other side."""
    return json.dumps(asdict(reading), ensure_ascii=True)


def from_json(text: str) -> Reading:
    """Read what the other side wrote; ValueError, KeyError or TypeError for anything else."""
    told = json.loads(text)
    refused = told["refused"]
    return Reading(
        unit=str(told["unit"]),
        title=str(told["title"]),
        front=str(told["front"]),
        blocks=tuple(_block(one) for one in told["blocks"]),
        notes=tuple(_notes(told["notes"])),
        refused=None if refused is None else next(_notes([refused])),
    )


def _block(told: dict[str, object]) -> Block:
    spans, links = told["spans"], told["links"]
    if not isinstance(spans, list) or not isinstance(links, list):
        raise TypeError("spans and links are lists")
    return Block(
        kind=BlockKind(str(told["kind"])),
        text=str(told["text"]),
        place=int(str(told["place"])),
        level=int(str(told["level"])),
        spans=tuple(map(str, spans)),
        links=tuple(map(str, links)),
    )


def _notes(told: Iterable[dict[str, object]]) -> Iterator[Note]:
    return iter([Note(str(n["code"]), int(str(n["place"])), str(n["seen"])) for n in told])
