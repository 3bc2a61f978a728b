"""The words of operations in Chinese and English, to carry a question across languages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path

import yaml

from retrieval.tokens import Lang, normalise, question_tokens, tokenize

GLOSSARY_FILE = Path(__file__).with_name("glossary.yaml")


class Glossary:
    """Pairs of terms; a side may name several synonyms, all of which translate the other side."""

    def __init__(self, pairs: Iterable[tuple[Sequence[str], Sequence[str]]]) -> None:
        """Keep (Chinese synonyms, English synonyms) pairs."""
        self._pairs = tuple((tuple(zh), tuple(en)) for zh, en in pairs)

    def translate(self, question: str, lang: Lang) -> list[str]:
        """Give the tokens, in the other language, of every known term in the question.

        The longest term wins where several begin at the same place; tokens are told once, in the
        order of the terms.
        """
        found = self._chinese(question) if lang == "zh" else self._english(question)
        tokens = (token for text in found for token in tokenize(text))
        return list(dict.fromkeys(tokens))

    def _chinese(self, question: str) -> list[str]:
        text = normalise(question).casefold()
        found: list[str] = []
        start = 0
        while start < len(text):
            length = self._longest_chinese(text, start)
            if length:
                found.extend(self._from_chinese[text[start : start + length]])
            start += length or 1
        return found

    def _longest_chinese(self, text: str, start: int) -> int:
        lengths = range(min(self._longest_zh, len(text) - start), 0, -1)
        return next((n for n in lengths if text[start : start + n] in self._from_chinese), 0)

    def _english(self, question: str) -> list[str]:
        words = question_tokens(question)
        found: list[str] = []
        start = 0
        while start < len(words):
            length = self._longest_english(words, start)
            if length:
                found.extend(self._from_english[tuple(words[start : start + length])])
            start += length or 1
        return found

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
