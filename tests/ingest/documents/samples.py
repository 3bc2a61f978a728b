"""Real files, made here: Word documents, PDFs with and without text, archives that lie."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Sequence

import docx
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from PIL import Image
from pypdf import PdfReader, PdfWriter

Line = tuple[str, str, int]  # font (F1 text, F2 code), text, size


def word(*, extra: Sequence[str] = ()) -> bytes:
    """Make a Word document with headings, numbered steps, code and a table."""
    document = docx.Document()
    document.core_properties.title = "Redis 主从切换"
    document.add_heading("Redis 主从切换", 0)
    document.add_heading("诊断", 1)
    step = document.add_paragraph("看复制延迟：", style="List Number")
    step.add_run("redis-cli info replication").font.name = "Consolas"
    document.add_paragraph("看内存", style="List Number")
    document.add_paragraph("超过 90% 才算满", style="List Bullet")
    document.add_heading("处置", 1)
    document.add_paragraph("提升副本", style="List Number")
    document.add_paragraph().add_run("redis-cli -h r2 replicaof no one").font.name = "Courier New"
    document.add_heading("验证", 1)
    document.add_paragraph("写入一个键再读回来")
    table = document.add_table(rows=1, cols=2)
    table.cell(0, 0).text = "期望"
    table.cell(0, 1).text = "OK"
    for text in extra:
        document.add_paragraph(text)
    return _saved(document)


def word_with_hidden_text(text: str) -> bytes:
    """Make a Word document with a sentence that Word does not show."""
    document = docx.Document(io.BytesIO(word()))
    document.add_paragraph("看日志").add_run(text).font.hidden = True
    return _saved(document)


def word_with_revision(text: str) -> bytes:
    """Make a Word document with a tracked insertion that nobody has accepted."""
    document = docx.Document(io.BytesIO(word()))
    paragraph = document.add_paragraph("看日志")
    inserted = OxmlElement("w:ins")
    inserted.set(qn("w:id"), "1")
    inserted.set(qn("w:author"), "x")
    run = OxmlElement("w:r")
    words = OxmlElement("w:t")
    words.text = text
    run.append(words)
    inserted.append(run)
    paragraph._p.append(inserted)
    return _saved(document)


def word_with_part(name: str, content: bytes) -> bytes:
    """Make a Word document in which one part is replaced or added."""
    made = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(word())) as given,
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as taken,
    ):
        for part in given.infolist():
            if part.filename != name:
                taken.writestr(part, given.read(part))
        taken.writestr(name, content)
    return made.getvalue()


def bomb(mebibytes: int = 60) -> bytes:
    """Make a Word document that unpacks to a thousand times its size."""
    return word_with_part("word/document.xml", b"<w>" + b" " * (mebibytes * 2**20) + b"</w>")


def with_entities() -> bytes:
    """Make a Word document that asks for a file of the server."""
    body = (
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
        b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
        b"<w:body><w:p><w:r><w:t>&e;</w:t></w:r></w:p></w:body></w:document>"
    )
    return word_with_part("word/document.xml", body)


def locked_word() -> bytes:
    """Make what Word saves with a password: an OLE container, no archive."""
    return bytes.fromhex("d0cf11e0a1b11ae1") + b"\x00" * 4096


def pdf(pages: Sequence[Sequence[Line]]) -> bytes:
    """Write a PDF with real text; Chinese through a font whose codes are UTF-16."""
    objects: list[bytes] = [b"<< /Type /Catalog /Pages 2 0 R >>", b""]
    fonts = "/F1 3 0 R /F2 4 0 R"
    objects += [_type0("SimSun", 5), _type0("CourierNewMono", 5), _to_unicode()]
    kids = []
    for lines in pages:
        content = "\n".join(_shown(lines))
        kids.append(len(objects) + 1)
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << {fonts} "
            f">> >> /Contents {len(objects) + 2} 0 R >>".encode()
        )
        objects.append(_stream(content.encode()))
    names = " ".join(f"{kid} 0 R" for kid in kids)
    objects[1] = f"<< /Type /Pages /Kids [{names}] /Count {len(kids)} >>".encode()
    return _file(objects)


def sop_pdf() -> bytes:
    """Write the SOP of `word` as a PDF of two pages."""
    return pdf(
        [
            [
                ("F1", "Redis 主从切换", 22),
                ("F1", "诊断", 16),
                ("F1", "1. 看复制延迟，超过十秒", 11),
                ("F1", "才算异常", 11),
                ("F2", "redis-cli info replication", 11),
                ("F1", "2. 看内存", 11),
            ],
            [("F1", "处置", 16), ("F1", "1. 提升副本", 11), ("F1", "2. 通知值班", 11)],
        ]
    )


def scanned_pdf() -> bytes:
    """Write a PDF of two pictures."""
    made = io.BytesIO()
    page = Image.new("RGB", (200, 300), "white")
    page.save(made, "PDF", save_all=True, append_images=[page.copy()])
    return made.getvalue()


def locked_pdf() -> bytes:
    """Write a PDF with a password."""
    writer = PdfWriter()
    writer.append(PdfReader(io.BytesIO(sop_pdf())))
    writer.encrypt("secret", algorithm="RC4-128")  # pragma: allowlist secret
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()


def _saved(document: docx.document.Document) -> bytes:
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


def _shown(lines: Sequence[Line]) -> Iterable[str]:
    height = 800
    for font, text, size in lines:
        codes = text.encode("utf-16-be").hex()
        yield f"BT /{font} {size} Tf 1 0 0 1 50 {height} Tm <{codes}> Tj ET"
        height -= 2 * size


def _type0(name: str, to_unicode: int) -> bytes:
    below = (
        f"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /{name} /CIDSystemInfo << /Registry "
        "(Adobe) /Ordering (Identity) /Supplement 0 >> /DW 1000 >>"
    )
    return (
        f"<< /Type /Font /Subtype /Type0 /BaseFont /{name} /Encoding /Identity-H "
        f"/DescendantFonts [{below}] /ToUnicode {to_unicode} 0 R >>"
    ).encode()


def _to_unicode() -> bytes:
    return _stream(
        b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def\n"
        b"1 begincodespacerange <0000> <FFFF> endcodespacerange\n"
        b"2 beginbfrange <0020> <007E> <0020> <3000> <9FFF> <3000> endbfrange\n"
        b"1 beginbfrange <FF00> <FF5E> <FF00> endbfrange\nendcmap end end"
    )


def _stream(content: bytes) -> bytes:
    return f"<< /Length {len(content)} >>\nstream\n".encode() + content + b"\nendstream"


def _file(objects: Sequence[bytes]) -> bytes:
    made = bytearray(b"%PDF-1.5\n")
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(made))
        made += f"{number} 0 obj\n".encode() + content + b"\nendobj\n"
    start = len(made)
    made += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    made += b"".join(f"{place:010d} 00000 n \n".encode() for place in places)
    made += f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\n".encode()
    made += f"startxref\n{start}\n%%EOF\n".encode()
    return bytes(made)
