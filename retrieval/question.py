"""A question made ready for every shelf: its words, their translation, and what it means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from retrieval.encoders.embedding import Floats, Ints
from retrieval.words.glossary import Glossary
from retrieval.words.tokens import (
    Lang,
    Unit,
    question_names,
    question_tokens,
    question_units,
    token_weights,
)

GLOSSARY_WEIGHT = 0.7


class Sense(Protocol):
    """A question as a model of meaning understands it."""

    def nearest(self, k: int) -> tuple[Ints, Floats]:
        """Give content ids and cosines of the `k` nearest texts, best first; fewer where few."""


class Seen(Protocol):
    """What a store's own indexes found for a question."""

    def ids(self, shelf: str) -> frozenset[str]:
        """Give the documents of a shelf that words or letters found, among them the best 200."""

    def is_cut(self, shelf: str) -> bool:
        """Tell whether there may be more of them on a shelf."""


@dataclass(frozen=True)
class Question:
    """A question made ready: its own words, and their translation for the other shelf.

    `seen`: what a store's indexes found; None = every document is looked at here. `names`: what
    it calls by name, see `tokens.question_names`; `known`: tokens by which somebody here goes.
    """

    text: str
    lang: Lang
    own: Mapping[str, float]
    own_units: tuple[Unit, ...]
    translated: Mapping[str, float]
    translated_units: tuple[Unit, ...]
    terms: str
    sense: Sense | None = None
    seen: Seen | None = None
    names: tuple[tuple[str, ...], ...] = ()
    known: frozenset[str] = frozenset()

    def weights(self, lang: Lang) -> Mapping[str, float]:
        """Give the weighted tokens to look for on the shelf of a language."""
        return self.own if lang == self.lang else self.translated

    def units(self, lang: Lang) -> tuple[Unit, ...]:
        """Give the pieces that a document of a language should cover."""
        return self.own_units if lang == self.lang else self.translated_units

    def spelling(self, lang: Lang) -> str:
        """Give the text to compare letter by letter with documents of a language."""
        if lang == self.lang:
            return self.text
        return f"{self.text} {self.terms}"


def ask(
    text: str,
    lang: Lang,
    glossary: Glossary,
    sense: Sense | None = None,
    *,
    known: frozenset[str] = frozenset(),
) -> Question:
    """Make a question ready for every shelf.

    On the other shelf its own words count too (product names, codes), translations by
    `GLOSSARY_WEIGHT`; what could not be translated stays a piece that nothing covers.
    """
    own = token_weights(question_tokens(text))
    translation = glossary.translate(text, lang)
    tokens = dict.fromkeys(token for term in translation.terms for token in term)
    translated = {**own, **{token: max(GLOSSARY_WEIGHT, own.get(token, 0.0)) for token in tokens}}
    units = (*(Unit(term) for term in translation.terms), *translation.rest)
    return Question(
        text=text,
        lang=lang,
        own=own,
        own_units=tuple(question_units(text)),
        translated=translated,
        translated_units=units,
        terms=" ".join(tokens),
        sense=sense,
        names=tuple(question_names(text, lang)),
        known=known,
    )
