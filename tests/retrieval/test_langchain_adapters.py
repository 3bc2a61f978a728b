"""Our search and our encoder inside an ordinary LangChain chain."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest

from retrieval.searching.corpus import CorpusDocument, CorpusSearch
from tests.retrieval.hashed import HashedWords

pytest.importorskip("langchain_core", reason="langchain-core is optional and not installed here")

ROOT: Final = Path(__file__).resolve().parents[2]
DOCUMENTS = [
    CorpusDocument(id="pool", title="Connection pool", text="the connection pool is exhausted"),
    CorpusDocument(id="disk", title="Disk full", text="purge the logs when the disk is full"),
]


def test_a_chain_reads_what_the_search_finds() -> None:
    """Retriever, prompt and a model of one sentence, joined as everybody joins them."""
    from langchain_core.language_models.fake import (
        FakeListLLM,
    )
    from langchain_core.output_parsers import (
        StrOutputParser,
    )
    from langchain_core.prompts import PromptTemplate
    from langchain_core.runnables import RunnablePassthrough

    from retrieval.langchain.adapters import EtiographRetriever

    seen: list[str] = []

    def told(documents: list[Any]) -> str:
        seen.extend(document.metadata["id"] for document in documents)
        return "\n".join(document.page_content for document in documents)

    retriever = EtiographRetriever(find=CorpusSearch(DOCUMENTS).find)
    prompt = PromptTemplate.from_template("{context}\nQuestion: {question}")
    model = FakeListLLM(responses=["purge the logs"])
    chain = (
        {"context": retriever | told, "question": RunnablePassthrough()}
        | prompt
        | model
        | StrOutputParser()
    )
    assert chain.invoke("the disk is full") == "purge the logs"
    assert seen[0] == "disk"


def test_a_retrieved_document_says_how_far_to_trust_it() -> None:
    """Text of the passage, and id, score and support in the metadata."""
    from retrieval.langchain.adapters import EtiographRetriever

    first = EtiographRetriever(find=CorpusSearch(DOCUMENTS).find).invoke("disk full")[0]
    assert first.page_content.startswith("Disk full\npurge")
    assert first.metadata["id"] == "disk"
    assert first.metadata["support"] in {"strong", "possible"}
    assert first.metadata["score"] > 0.0


def test_what_the_page_of_search_prints_runs_as_it_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever copies it finds across languages with it."""
    monkeypatch.chdir(tmp_path)
    lines = ['{"id": "pool", "title": "连接池耗尽", "text": "先看等待数，再扩池"}']
    Path("corpus.jsonl").write_text("\n".join(lines), encoding="utf-8")
    page = (ROOT / "docs" / "retrieval.md").read_text(encoding="utf-8")
    printed = page.split("```python\n")[1].split("```")[0]
    exec(compile(printed, "retrieval.md", "exec"), {})
    said = capsys.readouterr().out
    assert "再扩池" in said and said.endswith("the connection pool is exhausted\n")


def test_a_vector_store_of_theirs_takes_our_encoder() -> None:
    """Equal texts have equal vectors, so the text itself is nearest."""
    from langchain_core.vectorstores import (
        InMemoryVectorStore,
    )

    from retrieval.langchain.adapters import EncoderEmbeddings

    store = InMemoryVectorStore(EncoderEmbeddings(HashedWords()))
    store.add_texts(["the pool is exhausted", "a sunny day"])
    assert store.similarity_search("the pool is exhausted", k=1)[0].page_content.startswith("the")
