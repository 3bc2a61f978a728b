"""Bytes of a text file -> text, without guessing: UTF-8, what its mark names, or plain GB18030."""

from __future__ import annotations

import codecs
from typing import Final

from ingest.documents.blocks import Refusal

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_COMMON_SHARE: Final = 0.9  # of what is not ASCII: the 6,763 characters and signs of GB 2312


def decode(raw: bytes) -> tuple[str, str]:
    """Give the text, line ends as one newline, and the name of its encoding.

    GB18030 decodes almost any bytes, so it is taken only where the text then is everyday Chinese.

    Raises: Refusal `empty`, `binary`, `encoding` with the line of the first byte that does not fit.
    """
    if not raw.strip():
        raise Refusal("empty")
    text, name = _decoded(raw)
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise Refusal("empty")
    return text, name


def _decoded(raw: bytes) -> tuple[str, str]:
    for mark, name in _MARKS:
        if raw.startswith(mark):
            return _strictly(raw, name), name
    if b"\x00" in raw:
        raise Refusal("binary", raw[: raw.index(b"\x00")].count(b"\n") + 1)
    try:
        return raw.decode("utf-8"), "utf-8"
    except UnicodeDecodeError as error:
        chinese = _as_chinese(raw)
        if chinese is None:
            raise _refusal(raw, error, "utf-8") from None
        return chinese, "gb18030"


def _strictly(raw: bytes, name: str) -> str:
    try:
        return raw.decode(name)
    except UnicodeDecodeError as error:
        raise _refusal(raw, error, name) from None


def _refusal(raw: bytes, error: UnicodeDecodeError, name: str) -> Refusal:
    wrong = raw[error.start : error.start + 1].hex()
    return Refusal("encoding", raw[: error.start].count(b"\n") + 1, f"{name}, 0x{wrong}")


def _as_chinese(raw: bytes) -> str | None:
    try:
        text = raw.decode("gb18030")
    except UnicodeDecodeError:
        return None
    foreign = [character for character in text if ord(character) > 127]
    common = sum(_is_common(character) for character in foreign)
    return text if common >= _COMMON_SHARE * len(foreign) else None


def _is_common(character: str) -> bool:
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True
