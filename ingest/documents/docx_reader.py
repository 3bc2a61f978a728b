"""Word documents -> blocks, by python-docx; bombs, entities and open revisions are refused."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from ingest.documents.blocks import Block, BlockKind, Collected, Reading, Refusal, marked

if TYPE_CHECKING:
    from docx.document import Document
    from docx.table import Table
    from docx.text.paragraph import Paragraph
    from docx.text.run import Run

_UNPACKED_AT_MOST: Final = 200 * 1024 * 1024
_PARTS_AT_MOST: Final = 5_000
_RATIO_AT_MOST: Final = 200  # Word's own XML shrinks to a tenth or a twentieth
_RATIO_FROM: Final = 1024 * 1024
_OLE: Final = bytes.fromhex("d0cf11e0a1b11ae1")
_W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_REVISIONS: Final = (f"{_W}ins", f"{_W}del", f"{_W}moveFrom", f"{_W}moveTo")
_HEADING: Final = re.compile(r"(?:heading|标题)\s*([1-9])$", re.I)
_CODE_STYLE: Final = re.compile(r"code|source|preformatted|代码|命令", re.I)
_CODE_FONT: Final = re.compile(r"consolas|courier|mono|menlo|monaco|source code", re.I)


def read_docx(raw: bytes) -> Reading:
    """Read a .docx; places are paragraphs.

    Raises: Refusal `password`, `broken`, `bomb`, `entities`, `revisions`.
    """
    import docx

    _check_container(raw)
    try:
        document = docx.Document(io.BytesIO(raw))
    except (KeyError, ValueError, SyntaxError, OSError, zipfile.BadZipFile) as error:
        raise Refusal("broken", seen=str(error)) from error
    _check_revisions(document)
    walk = _Walk(document)
    walk.take_all()
    title = (document.core_properties.title or "").strip()
    blocks, notes = tuple(walk.out.blocks), tuple(walk.out.notes)
    return Reading("paragraph", title, blocks=blocks, notes=notes)


def _check_container(raw: bytes) -> None:
    if raw.startswith(_OLE):
        raise Refusal("password_office")
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as container:
            parts = container.infolist()
            _check_sizes(parts)
            for part in parts:
                if part.filename.endswith((".xml", ".rels")):
                    _check_entities(container.read(part))
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, EOFError) as error:
        encrypted = isinstance(error, RuntimeError) and "password" in str(error)
        raise Refusal("password_office" if encrypted else "broken", seen=str(error)) from error


def _check_sizes(parts: list[zipfile.ZipInfo]) -> None:
    unpacked = sum(part.file_size for part in parts)
    steep = any(
        part.file_size > _RATIO_FROM and part.file_size > _RATIO_AT_MOST * part.compress_size
        for part in parts
    )
    if steep or unpacked > _UNPACKED_AT_MOST or len(parts) > _PARTS_AT_MOST:
        raise Refusal("bomb", seen=f"{unpacked} bytes in {len(parts)} parts")


def _check_entities(xml: bytes) -> None:
    # UTF-16 hides it from a search in bytes, so the letters are searched without their zeros.
    head = xml[:4096].replace(b"\x00", b"").upper()
    if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
        raise Refusal("entities")


def _check_revisions(document: Document) -> None:
    found = next((e for e in document.element.body.iter(*_REVISIONS)), None)
    if found is not None:
        words = [str(text.text or "") for text in found.iter(f"{_W}t", f"{_W}delText")]
        raise Refusal("revisions", seen="".join(words))


class _Walk:
    """Goes through paragraphs and tables in their order."""

    def __init__(self, document: Document) -> None:
        self.out: Final = Collected()
        self._document: Final = document
        self._at = 0
        self._code: list[str] = []
        self._code_from = 0

    def take_all(self) -> None:
        from docx.table import Table

        for block in self._document.iter_inner_content():
            if isinstance(block, Table):
                for row in _rows(block):
                    self._at += 1
                    self._end_code()
                    self.out.add(Block(BlockKind.BULLET, row, self._at))
            else:
                self._at += 1
                self._paragraph(block)
        self._end_code()
        boxes = sum(1 for _ in self._document.element.body.iter(f"{_W}txbxContent"))
        if boxes:
            self.out.note("box_left_out", seen=str(boxes))

    def _paragraph(self, paragraph: Paragraph) -> None:
        spans, links, text = list[str](), list[str](), list[str]()
        runs = [run for run in _runs(paragraph) if self._is_seen(run)]
        style = (paragraph.style.name if paragraph.style is not None else None) or ""
        written = [run for run in runs if run.text.strip()]
        if written and (_CODE_STYLE.search(style) or all(map(_is_code, written))):
            self._code_from = self._code_from or self._at
            self._code.append("".join(run.text for run in runs))
            return
        self._end_code()
        for run in runs:
            if _is_code(run) and run.text.strip():
                spans.append(run.text.strip())
                text.append(marked(run.text.strip()))
            else:
                text.append(run.text)
        links += [link.url for link in paragraph.hyperlinks if link.url]
        kind, level = _kind_of(paragraph, style)
        said = "".join(text).strip()
        self.out.add(Block(kind, said, self._at, level, tuple(spans), tuple(links)))

    def _is_seen(self, run: Run) -> bool:
        if run.font.hidden:
            self.out.note("hidden_left_out", self._at, run.text)
            return False
        return True

    def _end_code(self) -> None:
        if self._code:
            text = "\n".join(self._code)
            self.out.add(Block(BlockKind.CODE, text, self._code_from, 1, (text,)))
        self._code, self._code_from = [], 0


def _runs(paragraph: Paragraph) -> Iterator[Run]:
    from docx.text.hyperlink import Hyperlink

    for part in paragraph.iter_inner_content():
        if isinstance(part, Hyperlink):
            yield from part.runs
        else:
            yield part


def _is_code(run: Run) -> bool:
    style = run.style.name or ""
    return bool(_CODE_STYLE.search(style) or _CODE_FONT.search(run.font.name or ""))


def _kind_of(paragraph: Paragraph, style: str) -> tuple[BlockKind, int]:
    if heading := _HEADING.match(style):
        return BlockKind.HEADING, int(heading[1])
    if style in {"Title", "标题"}:
        return BlockKind.HEADING, 1
    numbered = paragraph._p.find(f"{_W}pPr/{_W}numPr")
    if "bullet" in style.lower():
        return BlockKind.BULLET, 1
    if numbered is not None or "list number" in style.lower():
        depth = None if numbered is None else numbered.find(f"{_W}ilvl")
        level = 0 if depth is None else int(depth.get(f"{_W}val") or 0)
        return (BlockKind.ITEM if level == 0 else BlockKind.BULLET), level + 1
    return BlockKind.TEXT, 1


def _rows(table: Table) -> Iterator[str]:
    for row in table.rows:
        cells = dict.fromkeys(" ".join(cell.text.split()) for cell in row.cells)
        yield " | ".join(cell for cell in cells if cell)
