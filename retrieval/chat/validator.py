"""The proof of a reply: each step names a given source and quotes it, and changes no meaning.

What is proven is a place in an SOP. The words that a reader sees are read from there
(safety rule 9), so that nothing a model writes is ever shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from graph.model.knowledge import SopSectionName
from retrieval.chat.meaning import covering, differences, squeezed
from retrieval.chat.reply import Reply, ReplyStep
from retrieval.chat.sources import Source, SourceStep

# A shorter quote proves nothing, unless it is the whole step.
SHORTEST_QUOTE: Final = 6
_MOST_NAMED: Final = 8
_SECTIONS: Final = tuple(SopSectionName)
_QUOTES: Final = "\"'“”‘’「」『』《》.。;；,，:： "


@dataclass(frozen=True)
class Place:
    """A step of an SOP that a reply may show, with its words there."""

    doc_id: str
    section: SopSectionName
    step: int
    shown: str


@dataclass(frozen=True)
class Proven:
    """The places of an accepted reply, SOPs in its order, steps in that of their SOP."""

    places: tuple[Place, ...]


def prove(reply: Reply, sources: Sequence[Source]) -> Proven | tuple[str, ...]:
    """Prove every step of a reply, or say in English what is wrong with which."""
    by_label = {source.label: source for source in sources}
    places: list[Place] = []
    faults: list[str] = []
    for number, step in enumerate(reply.steps, 1):
        found = _place(step, by_label)
        if isinstance(found, Place):
            places.append(found)
        else:
            faults += [f"step {number}: {fault}" for fault in found]
    if faults:
        return tuple(faults[:_MOST_NAMED])
    return Proven(tuple(_in_order(dict.fromkeys(places))))


def _place(step: ReplyStep, by_label: dict[str, Source]) -> Place | tuple[str, ...]:
    if not step.cite:
        return ("it cites no source",)
    if strange := [label[:40] for label in step.cite if label not in by_label]:
        return (f"{', '.join(map(repr, strange[:3]))} is no given source",)
    found = _quoted(step.quote, [by_label[label] for label in step.cite])
    if isinstance(found, str):
        return (found,)
    source, held = found
    said = covering(held.sent, _trimmed(step.quote))
    faults = tuple(differences(step.text, said, held.sent)) if step.text.strip() else ("no text",)
    return faults or Place(source.doc_id, source.section, held.number, held.shown)


def _quoted(quote: str, sources: Sequence[Source]) -> tuple[Source, SourceStep] | str:
    """Find the one step of the cited sources in which a quote stands."""
    wanted = squeezed(_trimmed(quote))
    if not wanted:
        return "it quotes nothing"
    found = [
        (source, step)
        for source in sources
        for step in source.steps
        if wanted in squeezed(step.sent)
    ]
    if not found:
        return "its quote does not stand in a cited source; copy it letter by letter"
    whole = [hit for hit in found if squeezed(_trimmed(hit[1].sent)) == wanted]
    if whole:
        return whole[0]
    if len(wanted) < SHORTEST_QUOTE or len({(s.doc_id, s.section, t.number) for s, t in found}) > 1:
        return "its quote is too short to name one step; copy the whole sentence"
    return found[0]


def _trimmed(quote: str) -> str:
    return quote.strip().strip(_QUOTES)


def _in_order(places: dict[Place, None]) -> Iterator[Place]:
    """Keep the SOPs in the order of the reply, and the steps of each as it has them.

    What must be done first in a procedure stays first, and its undoing comes after its doing.
    """
    for doc_id in dict.fromkeys(place.doc_id for place in places):
        held = (place for place in places if place.doc_id == doc_id)
        yield from sorted(held, key=lambda place: (_SECTIONS.index(place.section), place.step))
