"""PDF -> blocks, by pypdf: a page has no structure, so its lines are read as people would."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from ingest.documents.blocks import Block, BlockKind, Collected, Reading, Refusal, marked

if TYPE_CHECKING:
    from pypdf import PdfReader

_PAGES_AT_MOST: Final = 500
_CODE_FONT: Final = re.compile(r"courier|mono|consol|menlo|monaco|code", re.I)
_STEP: Final = re.compile(r"(\d{1,3})[.)、．]\s*(?!\d)(\S.*)")
_BULLET: Final = re.compile(r"[•●▪‣·◦*\-–]\s+(\S.*)")
_LINE_TOLERANCE: Final = 2.0  # points; what stands this near in height is one line


def read_pdf(raw: bytes) -> Reading:
    """Read a .pdf; places are pages.

    Raises: Refusal `password`, `broken`, `no_text`, `too_many_pages`.
    """
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        reader = PdfReader(io.BytesIO(raw), strict=False)
        if reader.is_encrypted:
            raise Refusal("password")
        return _read(reader)
    except (PyPdfError, ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise Refusal("broken", seen=f"{type(error).__name__}: {error}") from error


def _read(reader: PdfReader) -> Reading:
    if len(reader.pages) > _PAGES_AT_MOST:
        raise Refusal("too_many_pages", seen=str(len(reader.pages)))
    out = Collected()
    empty = []
    lines: list[_Line] = []
    for number, page in enumerate(reader.pages, 1):
        found = list(_lines(page, number))
        lines += found
        if not any(line.text.strip() for line in found):
            empty.append(number)
    if len(empty) == len(reader.pages):
        raise Refusal("no_text", seen=str(len(reader.pages)))
    for number in empty:
        out.note("page_without_text", number)
    _collect(lines, out)
    title = (reader.metadata.title if reader.metadata is not None else None) or ""
    said = str(title).strip()
    return Reading("page", said, blocks=tuple(out.blocks), notes=tuple(out.notes))


class _Line:
    """A line of a page: its text, how tall it is, and whether all of it is set as code."""

    def __init__(self, page: int, height: float) -> None:
        self.page = page
        self.height = height
        self.size = 0.0
        self.parts: list[tuple[str, bool]] = []

    @property
    def text(self) -> str:
        """The line as it is read, spans of code in their marks."""
        return "".join(marked(t.strip()) if code and t.strip() else t for t, code in self.parts)

    @property
    def bare(self) -> str:
        """The line without marks."""
        return "".join(text for text, _ in self.parts)

    @property
    def is_code(self) -> bool:
        """Tell whether every word stands in a font of code."""
        written = [code for text, code in self.parts if text.strip()]
        return bool(written) and all(written)

    @property
    def spans(self) -> tuple[str, ...]:
        """What stands in code marks."""
        return tuple(text.strip() for text, code in self.parts if code and text.strip())


def _lines(page: Any, number: int) -> Iterator[_Line]:
    lines: list[_Line] = []

    def see(text: str, _cm: Any, tm: Any, font: Any, size: float) -> None:
        code = bool(_CODE_FONT.search(str((font or {}).get("/BaseFont", ""))))
        for piece in re.split(r"(\n)", text):
            if piece == "\n":
                lines.append(_Line(number, float("nan")))
            elif piece:
                line = _line_at(lines, number, float(tm[5]))
                line.size = max(line.size, abs(float(size) * float(tm[3] or 1.0)))
                line.parts.append((piece, code))

    page.extract_text(visitor_text=see)
    yield from (line for line in lines if line.bare.strip())


def _line_at(lines: list[_Line], number: int, height: float) -> _Line:
    if not lines:
        lines.append(_Line(number, height))
    last = lines[-1]
    if last.height != last.height:  # begun by a line break: it stands where its first word does
        last.height = height
    elif abs(last.height - height) > _LINE_TOLERANCE and last.bare.strip():
        last = _Line(number, height)
        lines.append(last)
    return last


def _collect(lines: list[_Line], out: Collected) -> None:
    """Make blocks of lines: what is taller than most is a heading, `1.` begins a step."""
    sizes = sorted(line.size for line in lines)
    usual = sizes[len(sizes) // 2]
    code: list[_Line] = []
    for line in [*lines, None]:
        if line is not None and line.is_code:
            code.append(line)
            continue
        if code:
            text = "\n".join(each.bare.rstrip() for each in code)
            out.add(Block(BlockKind.CODE, text, code[0].page, 1, (text,)))
            code = []
        if line is not None:
            _add(line, usual, out)


def _add(line: _Line, usual: float, out: Collected) -> None:
    text, spans = line.text.strip(), line.spans
    if line.size > 1.15 * usual and not spans:
        out.add(Block(BlockKind.HEADING, text, line.page, 1 if line.size > 1.6 * usual else 2))
    elif step := _STEP.match(text):
        out.add(Block(BlockKind.ITEM, step[2], line.page, 1, spans))
    elif bullet := _BULLET.match(text):
        out.add(Block(BlockKind.BULLET, bullet[1], line.page, 1, spans))
    elif out.blocks and out.blocks[-1].kind in {BlockKind.ITEM, BlockKind.BULLET, BlockKind.TEXT}:
        last = out.blocks.pop()  # a line that begins nothing goes on with the one before
        joint = "" if _is_han(last.text[-1:]) and _is_han(text[:1]) else " "
        joined = f"{last.text}{joint}{text}"
        out.add(Block(last.kind, joined, last.place, last.level, last.spans + spans))
    else:
        out.add(Block(BlockKind.TEXT, text, line.page, 1, spans))


def _is_han(character: str) -> bool:
    return "\u3000" <= character <= "\u9fff"
