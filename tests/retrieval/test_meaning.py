"""The arm of meaning: when it takes part, and what is said when it does not."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from retrieval.encoders.embedding import Floats
from retrieval.searching.corpus import CorpusDocument, CorpusSearch
from retrieval.searching.embedders import open_meaning
from retrieval.searching.meaning import Meaning
from tests.retrieval.hashed import HashedWords

DOCUMENTS = [
    CorpusDocument(id="pool", title="Connection pool", text="the connection pool is exhausted"),
    CorpusDocument(id="disk", title="Disk full", text="purge the logs when the disk is full"),
    CorpusDocument(id="cert", title="Certificate", text="renew it before it runs out"),
]


class Broken(HashedWords):
    """A model that cannot encode."""

    def encode(self, texts: Sequence[str]) -> Floats:
        """Fail as numpy does."""
        raise RuntimeError("the weights are damaged")


def test_meaning_takes_part_once_it_was_brought() -> None:
    """Words answer before and say so; then both do, and the parts sum to the score."""
    meaning = Meaning(HashedWords())
    search = CorpusSearch(DOCUMENTS, meaning=meaning)
    before = search.search("disk full")
    assert before.note is not None
    assert before.results[0].arms.dense is None
    assert meaning.bring(search.texts).stage == "ready"
    after = search.search("disk full")
    assert after.note is None
    assert after.results[0].id == before.results[0].id == "disk"
    for hit in after.results:
        assert hit.arms.dense is not None
        assert hit.score == pytest.approx(hit.arms.lexical + hit.arms.dense, abs=1e-6)
    assert "near in meaning" in after.results[0].why.en


def test_a_model_that_fails_leaves_the_words() -> None:
    """The same hits as without a model, and the reason in the results."""
    meaning = Meaning(Broken())
    search = CorpusSearch(DOCUMENTS, meaning=meaning)
    assert meaning.bring(search.texts).stage == "failed"
    found = search.search("disk full")
    assert found.note is not None
    assert "damaged" in found.note.en
    assert found.results == CorpusSearch(DOCUMENTS).search("disk full").results


def test_a_model_that_cannot_be_had_is_told() -> None:
    """A folder without a model: search goes on with words, the state is a fault."""
    meaning = open_meaning("sentence-transformers:/nowhere")
    assert meaning.state.stage == "failed"
    assert "/nowhere" in meaning.state.text.zh
    assert open_meaning("none").state.stage == "off"


def test_a_language_that_the_model_cannot_read_is_left_to_the_words() -> None:
    """A blind arm would rank by chance: it takes no part, and that is said."""
    meaning = Meaning(HashedWords())
    search = CorpusSearch(DOCUMENTS, meaning=meaning)
    meaning.bring(search.texts)
    found = search.search("דיסק מלא")
    assert found.note is not None
    assert "language" in found.note.en
    assert all(hit.arms.dense is None for hit in found.results)


def test_what_answered_goes_on_while_more_is_indexed() -> None:
    """A question in the midst of a second indexing still has meaning, of what was there."""
    meaning = Meaning(HashedWords())
    search = CorpusSearch(DOCUMENTS, meaning=meaning)
    meaning.bring(search.texts)
    seen: list[bool] = []
    meaning.bring(
        [*search.texts, "a new passage"],
        lambda done, total: seen.append(search.search("disk full").note is None),
    )
    assert seen == [True]


def test_a_kept_index_is_opened_without_encoding(tmp_path: Path) -> None:
    """Another process finds all in the folder; where one text is new it does not pretend."""
    texts = CorpusSearch(DOCUMENTS).texts
    Meaning(HashedWords(), tmp_path).bring(texts)
    model = HashedWords()
    assert Meaning(model, tmp_path).open(texts).stage == "ready"
    assert Meaning(model, tmp_path).open([*texts, "new"]).stage == "unmade"
    assert model.encoded == 0


def test_a_folder_that_cannot_be_written_leaves_the_words(tmp_path: Path) -> None:
    """The state says what to do."""
    (tmp_path / "index").write_text("a file stands where the folder should", encoding="utf-8")
    meaning = Meaning(HashedWords(), tmp_path / "index")
    assert meaning.bring(["some text"]).stage == "failed"
    assert "cannot be" in meaning.state.text.en


def test_the_order_of_documents_and_a_small_noise_change_nothing() -> None:
    """Rounded cosines and ids decide: equal texts never change places."""
    found = []
    for documents in (DOCUMENTS, DOCUMENTS[::-1]):
        meaning = Meaning(HashedWords())
        search = CorpusSearch(documents, meaning=meaning)
        meaning.bring(search.texts)
        found.append(search.search("the pool of the disk").model_dump_json())
    assert found[0] == found[1]
