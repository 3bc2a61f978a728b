"""Our search as a LangChain `BaseRetriever`, our encoder as its `Embeddings`, for anybody's chain.

Imports `langchain-core`, so nothing else here imports this: whoever builds chains does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from langchain_core.documents import Document as ChainDocument
from langchain_core.embeddings import Embeddings
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from retrieval.ranking.fusion import Ranked
from retrieval.searching.finding import Found

if TYPE_CHECKING:
    from retrieval.encoders.embedding import Embedder

Finder = Callable[[str], Found]


class EtiographRetriever(BaseRetriever):
    """SOPs and past cases for a question, best first, as far as its principal may see them.

    `find`: for example `lambda q: search.find(principal, readable_question(q), Wish(limit=4))`,
    or `CorpusSearch.find`. The metadata of a document names `id`, `kind`, `section`, `title` and
    `score`, and how well the question is supported: `support`, `confidence`.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)
    find: Finder

    def _get_relevant_documents(self, query: str, *, run_manager: object) -> list[ChainDocument]:
        del run_manager  # LangChain passes it by name
        found = self.find(query)
        return [_chain_document(one, found) for one in found.ranked]


class EncoderEmbeddings(Embeddings):
    """An encoder of ours for vector stores of others; unit vectors."""

    def __init__(self, embedder: Embedder) -> None:
        """Keep the encoder; it loads its model at the first text."""
        self._embedder = embedder

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Give a vector per text. Raises: InputError for an empty text."""
        rows: list[list[float]] = self._embedder.encode(texts).tolist()
        return rows

    def embed_query(self, text: str) -> list[float]:
        """Give the vector of a question. Raises: InputError where it is empty."""
        return self.embed_documents([text])[0]


def _chain_document(one: Ranked, found: Found) -> ChainDocument:
    document = one.document
    told = [part.text for part in document.passages if part.section == one.section]
    return ChainDocument(
        id=document.id,
        page_content="\n".join((document.title, *told)),
        metadata={
            "id": document.id,
            "kind": document.kind,
            "lang": document.lang,
            "section": one.section,
            "title": document.title,
            "score": one.score,
            "support": found.support,
            "confidence": found.confidence,
        },
    )
