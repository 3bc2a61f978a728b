"""Any corpus of {id, title, text} lines, searched by the same code as the store."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from pydantic import ConfigDict, Field, ValidationError

from graph.errors import InputError
from graph.model.base import Model, Text
from retrieval.documents import plain_document
from retrieval.index.knowledge import KnowledgeIndex
from retrieval.index.passages import Passages
from retrieval.ranking.whys import why
from retrieval.results import Arms, SearchHit, SearchResults
from retrieval.searching.finding import Found, Wish, find, readable_question
from retrieval.searching.meaning import Meaning
from retrieval.searching.store_arms import ArmsOfStore
from retrieval.words.glossary import Glossary, load_glossary
from retrieval.words.tokens import Lang, written_language

RUN_DEPTH: Final = 10
F = TypeVar("F", bound=Model)


class CorpusDocument(Model):
    """A line of a corpus; further keys are passed over."""

    model_config = ConfigDict(extra="ignore")

    id: str = Field(min_length=1, max_length=500)
    title: str = ""
    text: str = ""


class CorpusQuery(Model):
    """A line of queries; further keys are passed over."""

    model_config = ConfigDict(extra="ignore")

    id: str = Field(min_length=1, max_length=500)
    text: str


def read_documents(path: Path) -> tuple[CorpusDocument, ...]:
    """Read the lines of a corpus.

    Raises: InputError naming file and line of a faulty one, or of an id that stands twice.
    """
    found = tuple(_read(path, CorpusDocument))
    _check_ids(path, [document.id for _, document in found], [line for line, _ in found])
    return tuple(document for _, document in found)


def read_queries(path: Path) -> tuple[CorpusQuery, ...]:
    """Read the lines of a file of queries.

    Raises: InputError naming file and line of a faulty one, or of an id that stands twice.
    """
    found = tuple(_read(path, CorpusQuery))
    _check_ids(path, [query.id for _, query in found], [line for line, _ in found])
    return tuple(query for _, query in found)


@dataclass(frozen=True)
class _Held:
    title: str
    lang: Lang


class CorpusSearch:
    """The documents of a corpus, each in the language of its title and text."""

    def __init__(
        self,
        documents: Sequence[CorpusDocument],
        *,
        meaning: Meaning | None = None,
        glossary: Glossary | None = None,
        arms: ArmsOfStore | None = None,
    ) -> None:
        """Index the documents, whose order does not matter.

        `meaning` and then `arms` are brought by the caller.
        """
        self._meaning = meaning or Meaning(None)
        self._arms = arms
        self._glossary = glossary or load_glossary()
        self._held = {
            one.id: _Held(one.title, written_language(f"{one.title} {one.text}"))
            for one in documents
        }
        self._index = KnowledgeIndex(
            plain_document(one.id, one.title, one.text, self._held[one.id].lang)
            for one in documents
        )

    @property
    def index(self) -> KnowledgeIndex:
        """Give what is searched."""
        return self._index

    @property
    def texts(self) -> Passages:
        """Give what a model of meaning encodes."""
        return self._index.texts

    def find(self, question: str, *, limit: int = RUN_DEPTH) -> Found:
        """Find documents for a question, best first, ties by id.

        Raises: InputError if the question is empty.
        """
        return find(
            readable_question(question),
            [self._index],
            wish=Wish(limit, kinds=("sop",)),
            keep=lambda document: True,
            glossary=self._glossary,
            meaning=self._meaning,
            arms=self._arms,
        )

    def search(self, question: str, *, limit: int = RUN_DEPTH) -> SearchResults:
        """Find documents as search/v1, whose titles stand in their own language."""
        found = self.find(question, limit=limit)
        return SearchResults(
            query=found.text,
            lang=found.lang,
            support=found.support,
            confidence=found.confidence,
            note=found.note,
            results=tuple(
                SearchHit(
                    kind="sop",
                    id=one.document.id,
                    section="",
                    title=self._title(one.document.id),
                    score=one.score,
                    arms=Arms(lexical=one.lexical, dense=one.dense, graph=one.graph),
                    why=why(one),
                )
                for one in found.ranked
            ),
        )

    def _title(self, document_id: str) -> Text:
        title = self._held[document_id].title.strip() or document_id
        return Text(zh=title, en=title)


def _read(path: Path, form: type[F]) -> Iterator[tuple[int, F]]:
    try:
        # By line ends alone: U+2028 and its like may stand in a string of JSON.
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read as UTF-8 text ({error})") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            yield number, form.model_validate(json.loads(line))
        except (ValueError, ValidationError, RecursionError) as error:
            what = _what(error)
            raise InputError(f"{path}:{number}: {what}; a line is {{id, title, text}}") from error


def _what(error: Exception) -> str:
    if isinstance(error, ValidationError):
        fault = error.errors()[0]
        return f"{'.'.join(map(str, fault['loc'])) or 'line'}: {fault['msg']}"
    return f"is no JSON ({error})"


def _check_ids(path: Path, ids: Iterable[str], lines: Sequence[int]) -> None:
    first: dict[str, int] = {}
    for one, line in zip(ids, lines, strict=True):
        if one in first:
            raise InputError(f"{path}:{line}: id: {one!r} stands in line {first[one]} already")
        first[one] = line
