"""The process in which a document is read: `python -I -m ingest.documents.child FORMAT MIB CPU_S`.

Bytes in, a `Reading` as JSON out. What it may use is set before the first byte is looked at, and it
can write no file. Its parent kills it when the time is up.
"""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Callable, Mapping
from typing import Final

from ingest.documents.blocks import Reading, Refusal, to_json


def _read_markdown(raw: bytes) -> Reading:
    from ingest.documents.encodings import decode
    from ingest.documents.front_matter import cut
    from ingest.documents.markdown_reader import read_markdown

    text, encoding = decode(raw)
    front, body, first_line = cut(text)
    read = read_markdown(body, first_line=first_line)
    return _told(read, encoding, front)


def _read_html(raw: bytes) -> Reading:
    from ingest.documents.encodings import decode
    from ingest.documents.html_reader import read_html

    text, encoding = decode(raw)
    return _told(read_html(text), encoding, "")


def _read_docx(raw: bytes) -> Reading:
    from ingest.documents.docx_reader import read_docx

    return read_docx(raw)


def _read_pdf(raw: bytes) -> Reading:
    from ingest.documents.pdf_reader import read_pdf

    return read_pdf(raw)


def _told(read: Reading, encoding: str, front: str) -> Reading:
    from dataclasses import replace

    from ingest.documents.blocks import Note

    notes = () if encoding == "utf-8" else (Note("read_as", 0, encoding),)
    return replace(read, notes=(*notes, *read.notes), front=front)


READERS: Final[Mapping[str, Callable[[bytes], Reading]]] = {
    "md": _read_markdown,
    "html": _read_html,
    "docx": _read_docx,
    "pdf": _read_pdf,
}


OUT_OF_MEMORY: Final = 3  # exit code; 1 is that of any other error


def _limit(mib: int, cpu_s: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (mib * 2**20, mib * 2**20))
    # The softer limit first: its signal tells the parent what ran out.
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s + 2))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # pipes are not counted
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))


def main() -> None:
    """Read standard input and write what was read; exit 3 where memory or depth ran out."""
    name, mib, cpu_s = sys.argv[1:4]
    try:
        _limit(int(mib), int(cpu_s))
        sys.stdout.write(to_json(_read(READERS[name], sys.stdin.buffer.read())))
        sys.stdout.flush()
    except (MemoryError, RecursionError):
        os._exit(OUT_OF_MEMORY)  # at once: an orderly end needs memory too


def _read(reader: Callable[[bytes], Reading], raw: bytes) -> Reading:
    try:
        return reader(raw)
    except Refusal as refusal:
        return Reading("file", refused=refusal.note)


if __name__ == "__main__":
    main()
