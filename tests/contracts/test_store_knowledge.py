"""Every store keeps versions of SOPs and imported cases, and lets one move claim a version."""

from __future__ import annotations

import pytest

from graph.errors import ConflictError, NotFoundError
from graph.model.document import OPEN_VERSIONS, ImportedCase, SopVersion, VersionStatus
from graph.ports import Store, Transaction
from tests.contracts.knowledge_samples import past_case, question, sop_version
from tests.contracts.samples import T0
from tests.contracts.test_store_transactions import in_threads


def put(store: Store, *versions: SopVersion) -> None:
    """Store new versions."""

    def work(tx: Transaction) -> None:
        for one in versions:
            tx.put_sop_version(one, expected_version=None)

    store.write(work)


def told(name: str, **changes: object) -> ImportedCase:
    """Make an imported case."""
    case = past_case(name)
    made = ImportedCase(id=case.id, case=case, file_name="a.csv", imported_by="王", imported_at=T0)
    return made.model_copy(update=changes)


def test_an_empty_store_has_no_versions_and_no_cases(store: Store) -> None:
    """Every reading call has an answer before anything is stored."""
    assert store.sop_versions() == ()
    assert store.imported_cases() == ()
    with pytest.raises(NotFoundError, match="medical:redis:1"):
        store.sop_version("medical:redis:1")


def test_a_version_comes_back_as_it_was(store: Store) -> None:
    """Every field survives, in the transaction and after it."""
    drafted = sop_version(status=VersionStatus.RETIRED, ended_by="李", ended_at=T0, ended_why="旧")

    def work(tx: Transaction) -> SopVersion:
        tx.put_sop_version(drafted, expected_version=None)
        return tx.sop_version(drafted.id)

    assert store.write(work) == drafted == store.sop_version(drafted.id)


def test_versions_come_by_sop_and_number(store: Store) -> None:
    """The tenth comes after the ninth; an SOP or some states can be asked for alone."""
    many = [sop_version(number) for number in (10, 2, 9)]
    other = sop_version(1, sop_id="medical:db", status=VersionStatus.RETIRED)
    put(store, *many, other)
    assert [(one.sop_id, one.revision) for one in store.sop_versions()] == [
        ("medical:db", 1),
        ("medical:redis", 2),
        ("medical:redis", 9),
        ("medical:redis", 10),
    ]
    assert [one.revision for one in store.sop_versions(sop_id="medical:redis")] == [2, 9, 10]
    assert other not in store.sop_versions(statuses=OPEN_VERSIONS)
    assert store.sop_versions(sop_id="medical:x", statuses=OPEN_VERSIONS) == ()


def test_what_did_not_change_is_read_once(store: Store) -> None:
    """Of versions and cases the unchanged ones are the same objects after every change."""
    put(store, sop_version(1), sop_version(1, sop_id="medical:db"))
    store.write(lambda tx: tx.put_imported_cases([told("b"), told("a")]))
    first, cases = store.sop_versions(), store.imported_cases()
    put(store, sop_version(2))
    store.write(lambda tx: tx.put_imported_cases([told("b", imported_by="李"), told("c")]))
    second, more = store.sop_versions(), store.imported_cases()

    assert [one.id for one in second] == [*(one.id for one in first), sop_version(2).id]
    assert all(new is old for new, old in zip(second, first, strict=False))
    assert more[0] is cases[0] and more[1] is not cases[1]
    assert more[1].imported_by == "李"


def test_of_two_moves_one_is_told_to_read_again(store: Store) -> None:
    """Two people publish at once: one does."""
    put(store, sop_version())
    moved = sop_version(status=VersionStatus.PUBLISHED, version=2)

    def publish(_: int) -> str:
        try:
            store.write(lambda tx: tx.put_sop_version(moved, expected_version=1))
        except ConflictError:
            return "told"
        return "done"

    assert sorted(map(str, in_threads(2, publish))) == ["done", "told"]
    assert store.sop_version(moved.id) == moved


def test_a_move_is_written_as_the_next(store: Store) -> None:
    """A skipped number, or a second first one, is refused."""
    put(store, sop_version())
    for version, expected in ((3, 1), (1, None)):
        again = sop_version(version=version)
        with pytest.raises(ConflictError):
            store.write(
                lambda tx, a=again, e=expected: tx.put_sop_version(a, expected_version=e)  # type: ignore[misc]
            )


def test_a_case_that_comes_again_is_written_over(store: Store) -> None:
    """By id, in id order."""
    store.write(lambda tx: tx.put_imported_cases([told("b"), told("a")]))
    store.write(lambda tx: tx.put_imported_cases([told("b", imported_by="李")]))
    assert [(one.id, one.imported_by) for one in store.imported_cases()] == [
        ("medical:a", "王"),
        ("medical:b", "李"),
    ]


def test_a_question_is_counted_in_its_place(store: Store) -> None:
    """Written over by id, read one by one and all by id, counted."""
    one, other = question("打印机怎么换墨"), question("茶水间漏水")
    store.write(lambda tx: tx.put_unanswered_question(one))
    store.write(lambda tx: tx.put_unanswered_question(other))
    again = one.model_copy(update={"days": {"2025-03-02": 4}})
    store.write(lambda tx: tx.put_unanswered_question(again))
    assert store.unanswered_question(one.id) == again
    assert store.unanswered_question("q-0") is None
    assert store.unanswered_questions() == tuple(sorted((again, other), key=lambda q: q.id))
    assert store.unanswered_count() == 2
    assert store.write(lambda tx: tx.drop_unanswered_question(one.id))
    assert not store.write(lambda tx: tx.drop_unanswered_question(one.id))
    assert store.unanswered_questions() == (other,)
