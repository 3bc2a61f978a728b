"""Libraries of any size for the benchmark of search: SOPs and cases made of the shared corpora.

Lines of the corpora are drawn anew into texts of about 600 characters, one Chinese and one English
for each section of an SOP, so that half of what is indexed is Chinese.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

import numpy as np

from benchmarks.retrieval import SHARED, read_lines
from graph.model.base import Text
from graph.model.knowledge import CaseOutcome, PastCase, Sop, SopSection, SopSectionName, SopStep
from retrieval.encoders.embedding import Floats, content_id, normed
from retrieval.encoders.multilingual import MultilingualEncoder

CHARS: Final = 600
_TURN: Final = 0.02
_LONG_AGO: Final = datetime(2025, 1, 1, tzinfo=UTC)


class Turned:
    """An `Embedder` that encodes questions, and gives passages the known vectors, turned."""

    def __init__(self, encoder: MultilingualEncoder, known: Floats) -> None:
        """Know the vectors of some passages."""
        self._encoder, self._known = encoder, known
        self.asking = False
        self.fingerprint, self.dimension = "turned/1", encoder.dimension

    def encode(self, texts: Sequence[str]) -> Floats:
        """Encode a question; of a passage, turn the vector that its content draws."""
        if self.asking:
            return self._encoder.encode(texts)
        drawn = np.random.default_rng([content_id(text) for text in texts])
        rows = self._known[drawn.integers(0, len(self._known), len(texts))]
        turned = rows + _TURN * drawn.normal(size=rows.shape)
        return normed(turned.astype(np.float32))

    def unread(self, text: str) -> float:
        """Ask the encoder."""
        return self._encoder.unread(text)


class Writer:
    """Draws texts; equal seeds give equal texts in equal order."""

    def __init__(self, seed: int) -> None:
        """Read the lines of the corpora."""
        self._drawn = random.Random(seed)
        self._zh = _lines(("tidb_zh", "x_tidbop_en2zh"))
        self._en = _lines(("k8s_en", "x_tidbop_zh2en"))

    def text(self) -> Text:
        """Give a text of about 600 characters in each language."""
        return Text(zh=self._of(self._zh), en=self._of(self._en))

    def title(self) -> Text:
        """Give a line of each language, cut to 40 characters."""
        zh, en = (self._drawn.choice(pool)[:40] for pool in (self._zh, self._en))
        return Text(zh=zh, en=en)

    def sop(self, number: int) -> Sop:
        """Give an SOP of one step: a passage in each language."""
        step = SopStep(number=1, text=self.text())
        section = SopSection(name=SopSectionName.DIAGNOSIS, steps=(step,))
        return Sop(
            id=f"made:sop-{number}", title=self.title(), revision="2025-01-01", sections=(section,)
        )

    def case(self, number: int) -> PastCase:
        """Give a past case, a third of a passage for each of symptom, cause and fix."""
        third = CHARS // 3
        told = [self.text() for _ in range(3)]
        parts = [Text(zh=one.zh[:third], en=one.en[:third]) for one in told]
        return PastCase(
            id=f"made:case-{number}",
            title=self.title(),
            opened_at=_LONG_AGO,
            component_id="made:node",
            fault_mode_id="made:node.down",
            symptoms=parts[0],
            cause=parts[1],
            fix=parts[2],
            outcome=CaseOutcome.WORKED,
            minutes_to_detect=1,
            minutes_to_repair=10,
            source="made for a benchmark",
        )

    def _of(self, pool: Sequence[str]) -> str:
        text = ""
        while len(text) < CHARS:
            text += self._drawn.choice(pool) + "\n"
        return text[:CHARS].strip()


def questions(seed: int) -> list[str]:
    """Give the questions of the two corpora of one language each, mixed."""
    lines = [*read_lines(SHARED / "k8s_en" / "queries.jsonl")]
    lines += read_lines(SHARED / "tidb_zh" / "queries.jsonl")
    random.Random(seed).shuffle(lines)
    return [line["text"] for line in lines]


def _lines(names: Sequence[str]) -> list[str]:
    return [row for name in names for row in _rows(name)]


def _rows(name: str) -> Iterator[str]:
    for line in read_lines(SHARED / name / "corpus.jsonl"):
        rows = (row.strip() for row in line["text"].splitlines())
        yield from (row for row in rows if len(row) > 10)
