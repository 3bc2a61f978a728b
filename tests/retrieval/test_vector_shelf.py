"""What the folder of vectors survives, and what it never mixes."""

from __future__ import annotations

import random
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from graph.errors import InputError
from retrieval.encoders.embedding import content_id
from retrieval.index.files import IndexFolder, UnfitIndexError
from retrieval.index.rough import ROUGH_FROM
from retrieval.index.vector_shelf import SEGMENTS_AT_MOST, VectorShelf
from tests.retrieval.hashed import HashedWords, generation

ROOT = Path(__file__).parents[2]
ROUNDS = 20


def folder_of(path: Path) -> IndexFolder:
    """Open the folder as the shelf does."""
    model = HashedWords()
    return IndexFolder(path, model=model.fingerprint, dimension=model.dimension)


def stored(path: Path) -> frozenset[int]:
    """Read which ids the folder holds."""
    return frozenset[int]().union(*(segment.ids for segment in folder_of(path).read()))


def ids_of(texts: list[str]) -> frozenset[int]:
    """Name texts by their content."""
    return frozenset(map(content_id, texts))


def test_what_is_known_is_not_encoded_again(tmp_path: Path) -> None:
    """A second process encodes only what is new, and finds the same."""
    VectorShelf(HashedWords(), tmp_path).bring(["pool is full", "disk is full"])
    model = HashedWords()
    index = VectorShelf(model, tmp_path).bring(["pool is full", "a node is away"])
    assert model.encoded == 1
    assert index.ids == ids_of(["pool is full", "a node is away"])
    found, cosines = index.nearest(model.encode(["pool is full"])[0], 5)
    assert found[0] == content_id("pool is full")
    assert cosines[0] == pytest.approx(1.0, abs=1e-5)
    assert len(found) == 2


def test_the_same_texts_again_write_nothing(tmp_path: Path) -> None:
    """No file changes where nothing is new."""
    VectorShelf(HashedWords(), tmp_path).bring(["one", "two"])
    before = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    VectorShelf(HashedWords(), tmp_path).bring(["two", "one"])
    assert {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before


def test_added_documents_join_and_are_merged(tmp_path: Path) -> None:
    """Each addition is a small segment; merged, they answer the same from one file."""
    shelf = VectorShelf(HashedWords(), tmp_path)
    shelf.bring(["one"])
    for number in range(SEGMENTS_AT_MOST):
        shelf.add([f"more {number}"])
    assert shelf.merge_is_due()
    question = HashedWords().encode(["more 7"])[0]
    before = shelf.add([]).nearest(question, 5)
    after = shelf.merge()
    assert len(after.segments) == 1
    assert [part.tolist() for part in after.nearest(question, 5)] == [p.tolist() for p in before]
    assert not shelf.merge_is_due()
    assert len(list(tmp_path.glob("*.faiss"))) == 1


def test_what_nobody_wants_goes_with_the_merge(tmp_path: Path) -> None:
    """A removed document answers no more at once, and leaves the disk with the merge."""
    shelf = VectorShelf(HashedWords(), tmp_path)
    shelf.bring(["one", "two", "three"])
    assert shelf.bring(["one"]).ids == ids_of(["one"])
    assert shelf.merge_is_due()
    shelf.merge()
    assert stored(tmp_path) == ids_of(["one"])


def test_another_model_is_never_mixed_in(tmp_path: Path) -> None:
    """Vectors of another model are not read: everything is encoded anew, and the reason kept."""
    VectorShelf(HashedWords("old/1"), tmp_path).bring(["one", "two"])
    model = HashedWords("new/2")
    shelf = VectorShelf(model, tmp_path)
    shelf.bring(["one", "two"])
    assert model.encoded == 2
    assert "old/1" in (shelf.rebuilt_because or "")


@pytest.mark.parametrize("harm", ["cut", "flipped", "garbage", "gone", "no manifest", "manifest"])
def test_a_damaged_folder_is_built_anew(tmp_path: Path, harm: str) -> None:
    """Whatever happens to a file, the index answers whole, from vectors that were checked."""
    VectorShelf(HashedWords(), tmp_path).bring(["one", "two"])
    (file,) = tmp_path.glob("*.faiss")
    manifest = tmp_path / "manifest.json"
    whole = file.read_bytes()
    if harm == "cut":
        file.write_bytes(whole[:-5])
    elif harm == "flipped":
        file.write_bytes(whole[:-5] + bytes([whole[-5] ^ 1]) + whole[-4:])
    elif harm == "garbage":
        file.write_bytes(b"x" * len(whole))
    elif harm == "gone":
        file.unlink()
    elif harm == "no manifest":
        manifest.unlink()
    else:
        manifest.write_bytes(manifest.read_bytes()[:40])
    model = HashedWords()
    assert VectorShelf(model, tmp_path).bring(["one", "two"]).ids == ids_of(["one", "two"])
    assert model.encoded == 2
    assert stored(tmp_path) == ids_of(["one", "two"])


def test_a_folder_of_another_model_cannot_be_opened(tmp_path: Path) -> None:
    """Reading says whose vectors these are."""
    VectorShelf(HashedWords(), tmp_path).bring(["one"])
    with pytest.raises(UnfitIndexError, match="hashed/1"):
        IndexFolder(tmp_path, model="hashed/2", dimension=32).read()


def test_an_empty_text_changes_nothing(tmp_path: Path) -> None:
    """A batch with a text of nothing but hidden characters is refused whole."""
    shelf = VectorShelf(HashedWords(), tmp_path)
    shelf.bring(["one"])
    with pytest.raises(InputError, match="empty"):
        shelf.bring(["two", "\u200b\x00"])
    assert stored(tmp_path) == ids_of(["one"])


def test_two_processes_encode_what_one_would(tmp_path: Path) -> None:
    """Many texts are shared out to processes, told of as they come, and end as one index."""
    texts = [f"text {number}" for number in range(2_000)]
    told: list[tuple[int, int]] = []
    index = VectorShelf(HashedWords(), tmp_path, workers=2).bring(
        texts, lambda done, total: told.append((done, total))
    )
    alone = VectorShelf(HashedWords()).bring(texts)
    question = HashedWords().encode(["text 77"])[0]
    assert told[-1] == (2_000, 2_000)
    assert [done for done, _ in told] == sorted({done for done, _ in told})
    assert index.nearest(question, 20)[0].tolist() == alone.nearest(question, 20)[0].tolist()


def test_a_killed_indexer_leaves_the_old_index_answering(tmp_path: Path) -> None:
    """Killed at any instant, twenty times: what was said to be durable is there, whole, alone."""
    chance = random.Random(8)
    model = HashedWords()
    first = 0
    for _ in range(ROUNDS):
        last = _index_and_kill(tmp_path, first, chance)
        held = stored(tmp_path)
        whole = [n for n in (last, last + 1) if held >= ids_of(generation(n))]
        assert whole, f"after {last}: neither it nor the next one is whole"
        allowed = ids_of(generation(last)) | ids_of(generation(last + 1))
        assert held <= allowed
        index = VectorShelf(model, tmp_path).bring(generation(whole[-1]))
        found, cosines = index.nearest(model.encode([f"text {20 * whole[-1]}"])[0], 1)
        assert found[0] == content_id(f"text {20 * whole[-1]}")
        assert cosines[0] == pytest.approx(1.0, abs=1e-5)
        first = whole[-1] + 1


def _index_and_kill(folder: Path, first: int, chance: random.Random) -> int:
    """Index in a process of its own, kill it within a quarter second; the last said generation."""
    command = [sys.executable, "-m", "tests.retrieval.hashed", str(folder), str(first)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        said = [child.stdout.readline()]
        with suppress(subprocess.TimeoutExpired):
            child.wait(timeout=chance.uniform(0.0, 0.25))
        child.kill()
        said += child.stdout.readlines()
    whole = [line for line in said if line.endswith("\n")]
    return int(whole[-1])


def test_many_kept_vectors_answer_from_the_file_as_from_memory(tmp_path: Path) -> None:
    """So many that they are looked at roughly first; opened again they give the same."""
    texts = [f"text {number}" for number in range(ROUGH_FROM + 50)]
    made = VectorShelf(HashedWords(), tmp_path).bring(texts)
    opened = VectorShelf(HashedWords(), tmp_path).stored(texts)
    question = HashedWords().encode(["text 77 node"])[0]

    assert opened is not None
    assert opened.segments[0].rough is not None and made.segments[0].rough is not None
    for k in (1, 300):
        first = [part.tolist() for part in made.nearest(question, k)]
        assert [part.tolist() for part in opened.nearest(question, k)] == first
        truly = sorted((made.rows(list(made.ids)) @ question).tolist(), reverse=True)[:k]
        assert first[1] == pytest.approx(truly, abs=2e-6)
