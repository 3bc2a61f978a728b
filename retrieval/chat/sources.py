"""The chunks that a model may read: sections of SOPs, as S1 to S5, redacted, beside the originals.

A step that hides something or speaks to a model is neither sent nor quoted (`graph.hidden_text`);
a cited step is shown as the SOP has it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from graph.hidden_text import is_plain
from graph.model.knowledge import Sop, SopSection, SopSectionName
from retrieval.documents import HEADINGS, spoken
from retrieval.words.tokens import Lang

MOST_SOURCES: Final = 5
# A chunk of this size holds the longest section of the seeds several times.
MOST_CHARS: Final = 2_400


@dataclass(frozen=True)
class SourceStep:
    """A step: its number in the SOP, its words there, and those that are sent."""

    number: int
    shown: str
    sent: str


@dataclass(frozen=True)
class Source:
    """One chunk under its label (`S1`); the title is sent, too."""

    label: str
    doc_id: str
    section: SopSectionName
    title: str
    steps: tuple[SourceStep, ...]


@dataclass(frozen=True)
class Chunk:
    """A section of an SOP before it is labelled and redacted."""

    doc_id: str
    section: SopSectionName
    title: str
    steps: tuple[tuple[int, str], ...]

    @property
    def texts(self) -> tuple[str, ...]:
        """List everything of it that would be sent: the title, then each step."""
        return (self.title, *(text for _, text in self.steps))


def chunk_of(sop: Sop, section: SopSection, lang: Lang) -> Chunk | None:
    """Cut a chunk of the plain steps of a section; None where none is left.

    A title that is not plain is replaced by the heading of the section.
    """
    heading = spoken(HEADINGS[section.name], lang)
    title = spoken(sop.title, lang)
    steps: list[tuple[int, str]] = []
    held = 0
    for step in section.steps:
        text = spoken(step.text, lang)
        if not is_plain(text):
            continue
        held += len(text)
        if held > MOST_CHARS and steps:
            break
        steps.append((step.number, text))
    if not steps:
        return None
    named = f"{title} › {heading}" if is_plain(title) else heading
    return Chunk(sop.id, section.name, named, tuple(steps))


def chunks_of(
    sops: Sequence[Sop], wanted: Sequence[SopSectionName], lang: Lang
) -> tuple[Chunk, ...]:
    """Choose at most five chunks: the wanted sections of the best SOP, then of the others in turn.

    Args:
        sops: best first.
        wanted: the sections that answer the question, first things first.
    """
    found: list[Chunk] = []
    for place, sop in enumerate(sops):
        names = [*wanted, *_REST] if place == 0 else wanted
        found += _named_chunks(sop, names, lang)
    return tuple(dict.fromkeys(_first_things(found, sops, wanted)))[:MOST_SOURCES]


_REST: Final = (SopSectionName.VERIFICATION,)


def _named_chunks(sop: Sop, names: Iterable[SopSectionName], lang: Lang) -> Iterator[Chunk]:
    by_name = {section.name: section for section in sop.sections}
    for name in dict.fromkeys(names):
        chunk = chunk_of(sop, by_name[name], lang) if name in by_name else None
        if chunk is not None:
            yield chunk


def _first_things(
    found: Sequence[Chunk], sops: Sequence[Sop], wanted: Sequence[SopSectionName]
) -> Iterator[Chunk]:
    """Put what answers the question before what only completes it."""
    yield from (c for c in found if c.doc_id == sops[0].id and c.section in wanted)
    yield from (c for c in found if c.doc_id == sops[0].id)
    yield from found


def labelled(chunks: Sequence[Chunk], sent: Sequence[str]) -> tuple[Source, ...]:
    """Give the chunks their labels and the texts that are sent in their place.

    Args:
        sent: the redacted `texts` of all chunks, one after another.
    """
    texts = iter(sent)
    sources = []
    for place, chunk in enumerate(chunks, 1):
        title = next(texts)
        steps = tuple(SourceStep(number, shown, next(texts)) for number, shown in chunk.steps)
        sources.append(Source(f"S{place}", chunk.doc_id, chunk.section, title, steps))
    return tuple(sources)
