"""The indexes of a real server find what memory finds, and memory answers where they cannot."""

from __future__ import annotations

import math
from contextlib import closing
from dataclasses import dataclass
from typing import Final

import pytest

from graph.stores.neo4j_store import Neo4jGraphStore
from retrieval.searching.corpus import CorpusDocument, CorpusSearch
from retrieval.searching.finding import Found, Wish
from retrieval.searching.meaning import Meaning
from retrieval.searching.search import KnowledgeSearch
from retrieval.searching.store_arms import ArmsOfStore
from tests.contracts.conftest import neo4j_store
from tests.neo4j_server import DATABASE, Neo4jServer
from tests.retrieval.hashed import HashedWords
from tests.retrieval.library import ANYBODY, named, pack, questions

_DEPTH: Final = 10
_LUCENE: Final = r'disk "full" AND (host OR *) +a -b c:\d /e/ f~ g^2 [h TO i] \ && || ! 磁盘满了？'


@dataclass(frozen=True)
class House:
    """The knowledge of the pack, searched in memory and through a server."""

    memory: KnowledgeSearch
    served: KnowledgeSearch
    arms: ArmsOfStore
    meaning: Meaning

    def both(self, question: str) -> tuple[Found, Found]:
        """Ask both."""
        wish = Wish(_DEPTH)
        ours, theirs = (
            search.find(ANYBODY, question, wish) for search in (self.memory, self.served)
        )
        return ours, theirs


def house_on(store: Neo4jGraphStore, model: HashedWords) -> House:
    """Search the pack's SOPs and cases; the server holds nothing yet."""
    meaning, arms = Meaning(model), ArmsOfStore(store.search_arms)
    memory, served = (
        KnowledgeSearch(pack().sops, pack().cases, meaning=meaning, arms=way)
        for way in (None, arms)
    )
    meaning.bring(memory.texts)
    return House(memory, served, arms, meaning)


@pytest.fixture
def house(server_store: Neo4jGraphStore) -> House:
    """Let the server hold all of it."""
    found = house_on(server_store, HashedWords(dimension=512))
    found.arms.bring(found.served.indexes, found.meaning)
    return found


def names(found: Found) -> list[str]:
    """List what was found."""
    return [one.document.id for one in found.ranked]


def test_a_server_finds_what_memory_finds(house: House) -> None:
    """The same first five for 95% of the questions, and nDCG@10 within .01."""
    asked = [one for lang in ("zh", "en") for one in questions()["held_out"][lang]]
    runs = [tuple(map(names, house.both(one["question"]))) for one in asked]
    gains = [
        [_gain(run, named(one["sop"])) for run in both]
        for one, both in zip(asked, runs, strict=True)
    ]
    ours, theirs = (sum(column) / len(asked) for column in zip(*gains, strict=True))

    assert "full-text and vector" in house.arms.state.en
    assert sum(mine[:5] == other[:5] for mine, other in runs) >= 0.95 * len(asked)
    assert abs(ours - theirs) <= 0.01
    assert theirs > 0.5


def test_only_what_the_server_found_is_ranked(house: House, server: Neo4jServer) -> None:
    """A text that its index lost is not found by words: the server is really asked."""
    question = "考试系统连接池耗尽怎么处理？"
    first = house.both(question)[1].ranked[0].document.id
    _run(server, f"MATCH (n:SearchText {{id: '{first}'}}) DELETE n")
    _run(server, "MATCH (n:SearchPassage) DELETE n")

    ours, theirs = house.both(question)

    assert names(ours)[0] == first
    assert first not in names(theirs)


def test_lucenes_own_signs_are_words(house: House) -> None:
    """Whatever stands in a question, the server answers it as memory does."""
    ours, theirs = house.both(_LUCENE)

    assert names(ours)[:5] == names(theirs)[:5]
    assert "full-text and vector" in house.arms.state.en
    for odd in ("AND OR NOT", "\\", '"' * 60, "*:*", "磁" * 1900):
        ours, theirs = house.both(odd)
        assert names(ours)[:5] == names(theirs)[:5]


def test_only_what_changed_is_written(house: House, server: Neo4jServer) -> None:
    """Texts that stayed keep their nodes; what is gone, and another model's vectors, go."""
    before = _ids(server)
    fewer = KnowledgeSearch(pack().sops[1:], pack().cases, meaning=house.meaning, arms=house.arms)
    house.meaning.bring(fewer.texts)
    house.arms.bring(fewer.indexes, house.meaning)

    after = _ids(server)
    assert after < before
    assert house.served.find(ANYBODY, "exam pool", Wish()).ranked  # answered in memory: it is older

    other = Meaning(HashedWords("hashed/2", dimension=512))
    other.bring(fewer.texts)
    house.arms.bring(fewer.indexes, other)
    assert _run(server, "MATCH (n:SearchPassage) RETURN DISTINCT n.model") == [["hashed/2"]]


def test_an_index_that_is_gone_is_told_and_memory_answers(
    house: House, server: Neo4jServer
) -> None:
    """Until the next start, which makes it again; what was written is then found at once."""
    _run(server, "DROP INDEX search_texts_1")

    ours, theirs = house.both("磁盘满了怎么办")

    assert names(ours) == names(theirs)
    assert "index of this process" in house.arms.state.en
    with closing(neo4j_store(server)) as again:
        arms = ArmsOfStore(again.search_arms)
        arms.open(house.memory.indexes, house.meaning)
        assert "full-text and vector" in arms.state.en


def test_vectors_of_another_length_stay_here(server_store: Neo4jGraphStore) -> None:
    """The server finds by words, our own index by meaning, and that is said."""
    found = house_on(server_store, HashedWords(dimension=32))
    found.arms.bring(found.served.indexes, found.meaning)

    ours, theirs = found.both("证书快过期了")

    assert names(ours)[:5] == names(theirs)[:5]
    assert theirs.ranked[0].dense is not None
    assert "by meaning" in found.arms.state.en


def test_more_documents_than_an_arm_gives(server_store: Neo4jGraphStore) -> None:
    """Where hundreds hold a word of the question, the best are still the same."""
    documents = [
        CorpusDocument(id=f"d{at:03}", title=f"runbook {at}", text=f"restart {'pod ' * (at % 17)}x")
        for at in range(450)
    ]
    meaning, arms = Meaning(None), ArmsOfStore(server_store.search_arms)
    memory, served = (CorpusSearch(documents, arms=way) for way in (None, arms))
    arms.bring([served.index], meaning)

    for question in ("restart runbook 17", "pod runbook 404", "runbook 99 restart pod"):
        ours, theirs = memory.find(question), served.find(question)
        assert names(ours)[:1] == names(theirs)[:1]


def _gain(ranked: list[str], right: str) -> float:
    """nDCG@10 of one right document."""
    return 1.0 / math.log2(ranked.index(right) + 2) if right in ranked else 0.0


def _ids(server: Neo4jServer) -> set[str]:
    return {str(row[0]) for row in _run(server, "MATCH (n:SearchText) RETURN elementId(n)")}


def _run(server: Neo4jServer, question: str) -> list[list[object]]:
    with server.driver() as driver:
        return [list(r.values()) for r in driver.execute_query(question, database_=DATABASE)[0]]
