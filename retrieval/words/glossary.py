"""The words of operations in Chinese and English, to carry a question across languages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import yaml

from retrieval.words.tokens import Lang, Unit, normalise, question_tokens, question_units, tokenize

GLOSSARY_FILE = Path(__file__).with_name("glossary.yaml")


class Translation(NamedTuple):
    """A question in the other language.

    `terms`: for each known term the tokens of its translations. `rest`: what has no translation.
    """

    terms: tuple[tuple[str, ...], ...]
    rest: tuple[Unit, ...]


class Glossary:
    """Pairs of terms; a side may name several synonyms, all of which translate the other side."""

    def __init__(self, pairs: Iterable[tuple[Sequence[str], Sequence[str]]]) -> None:
        """Keep (Chinese synonyms, English synonyms) pairs."""
        self._pairs = tuple((tuple(zh), tuple(en)) for zh, en in pairs)

    def translate(self, question: str, lang: Lang) -> Translation:
        """Translate every known term of the question; the longest term wins at each place."""
        return self._chinese(question) if lang == "zh" else self._english(question)

    def _chinese(self, question: str) -> Translation:
        text = normalise(question).casefold()
        terms: list[tuple[str, ...]] = []
        rest: list[str] = []
        start = 0
        while start < len(text):
            length = self._longest_chinese(text, start)
            if length:
                terms.append(_tokens(self._from_chinese[text[start : start + length]]))
                rest.append(" ")
            else:
                rest.append(text[start])
            start += length or 1
        left = (unit for unit in question_units("".join(rest)) if not _is_single_han(unit))
        return Translation(tuple(dict.fromkeys(terms)), tuple(left))

    def _longest_chinese(self, text: str, start: int) -> int:
        lengths = range(min(self._longest_zh, len(text) - start), 0, -1)
        return next((n for n in lengths if text[start : start + n] in self._from_chinese), 0)

    def _english(self, question: str) -> Translation:
        words = question_tokens(question)
        terms: list[tuple[str, ...]] = []
        rest: list[str] = []
        start = 0
        while start < len(words):
            length = self._longest_english(words, start)
            if length:
                terms.append(_tokens(self._from_english[tuple(words[start : start + length])]))
            else:
                rest.append(words[start])
            start += length or 1
        return Translation(tuple(dict.fromkeys(terms)), tuple(Unit((word,)) for word in rest))

    def _longest_english(self, words: Sequence[str], start: int) -> int:
        lengths = range(min(self._longest_en, len(words) - start), 0, -1)
        known = self._from_english
        return next((n for n in lengths if tuple(words[start : start + n]) in known), 0)

    @cached_property
    def _from_chinese(self) -> dict[str, list[str]]:
        table: dict[str, list[str]] = {}
        for zh, en in self._pairs:
            for term in zh:
                table.setdefault(normalise(term).casefold(), []).extend(en)
        return table

    @cached_property
    def _from_english(self) -> dict[tuple[str, ...], list[str]]:
        table: dict[tuple[str, ...], list[str]] = {}
        for zh, en in self._pairs:
            for term in en:
                key = tuple(question_tokens(term))
                if key:
                    table.setdefault(key, []).extend(zh)
        return table

    @cached_property
    def _longest_zh(self) -> int:
        return max(map(len, self._from_chinese), default=0)

    @cached_property
    def _longest_en(self) -> int:
        return max(map(len, self._from_english), default=0)


def load_glossary(path: Path = GLOSSARY_FILE) -> Glossary:
    """Read a glossary file: a mapping of Chinese to English terms, synonyms split by `/`."""
    terms = yaml.safe_load(path.read_text(encoding="utf-8"))
    return Glossary((_synonyms(zh), _synonyms(en)) for zh, en in terms["terms"].items())


def _synonyms(side: str) -> list[str]:
    return [term.strip() for term in str(side).split("/") if term.strip()]


def _tokens(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(token for text in texts for token in tokenize(text)))


def _is_single_han(unit: Unit) -> bool:
    return len(unit.tokens) == 1 and len(unit.tokens[0]) == 1 and not unit.tokens[0].isascii()
