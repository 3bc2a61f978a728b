"""A question that names a component lifts what is linked to it and to its neighbours, softly."""

from __future__ import annotations

from functools import cache

from graph.model.access import Principal
from graph.model.topology import Visibility
from retrieval.ranking.fusion import GRAPH_BOOST
from retrieval.searching.finding import Wish
from retrieval.searching.search import KnowledgeSearch
from retrieval.searching.surroundings import BESIDE, NAMED, OF_KIND, Surroundings
from tests.retrieval.library import ANYBODY, named, pack, pack_search, questions


@cache
def joined() -> KnowledgeSearch:
    """Search the pack, whose graph is known."""
    return KnowledgeSearch(pack().sops, pack().cases, surroundings=Surroundings([pack()]))


def first_sop(search: KnowledgeSearch, question: str) -> str:
    """Name the first SOP for a question."""
    return search.find(ANYBODY, question, Wish(3, kinds=("sop",))).ranked[0].document.id


def test_what_is_linked_to_the_named_component_is_lifted() -> None:
    """By id and by name, in either language; the hit says what the graph gave."""
    for question in ("exam-mq 堆积", "queue of study-mq grows"):
        found = joined().find(ANYBODY, question, Wish(10, kinds=("sop",))).ranked
        plain = pack_search().find(ANYBODY, question, Wish(10, kinds=("sop",))).ranked
        lifted = {one.document.id: one.graph for one in found}
        best = max(one.score for one in plain)
        assert lifted[named("queue-01")] > 0
        assert max(lifted.values()) <= GRAPH_BOOST * best + 1e-6
        assert {one.graph for one in plain} == {0.0}


def test_neighbours_weigh_half_and_kinds_half_of_that() -> None:
    """One step away in the graph, whichever way the relation points; two steps away nothing."""
    around = Surroundings([pack()]).around(ANYBODY, "exam-redis 内存")
    assert around is not None
    redis, api = named("exam-redis"), named("exam-api")
    assert (around.components[redis], around.components[api]) == (NAMED, BESIDE)
    sops = {sop.id: sop for sop in pack().sops}
    assert around.lift_of(sops[named("cache-01")]) == NAMED
    assert around.lift_of(sops[named("exam-02")]) == BESIDE
    assert around.lift_of(sops[named("host-01")]) == BESIDE * OF_KIND
    assert around.lift_of(sops[named("db-03")]) == 0


def test_a_component_is_no_foreign_name() -> None:
    """A question may call one by a name that no SOP holds; a foreign name stays one."""
    exam = next(one for one in pack().components if one.id == named("exam-mq"))
    renamed = exam.model_copy(update={"aliases": ("Zephyr",)})
    others = tuple(one for one in pack().components if one.id != exam.id)
    house = pack().model_copy(update={"components": (*others, renamed)})
    search = KnowledgeSearch(pack().sops, pack().cases, surroundings=Surroundings([house]))
    told = {
        question: search.find(ANYBODY, question, Wish(1, kinds=("sop",))).ranked[0].named
        for question in ("why does Zephyr pile up", "why does Borealis pile up")
    }
    assert list(told.values()) == [1.0, 0.0]


def test_a_name_within_a_word_is_no_name() -> None:
    """`live` names a component, `alive` and `live-2000` do not."""
    graph = Surroundings([pack()])
    assert graph.around(ANYBODY, "is live down?") is not None
    assert graph.around(ANYBODY, "is it alive, live-2000?") is None
    assert graph.around(ANYBODY, "硬盘空间不足怎么办") is None


def test_what_one_may_not_see_lifts_nothing() -> None:
    """A hidden component is as unknown as one that is not there."""
    hidden = [
        one.model_copy(update={"site": "elsewhere", "visibility": Visibility.SITE})
        for one in pack().components
    ]
    graph = Surroundings([pack().model_copy(update={"components": tuple(hidden)})])
    outsider = Principal(name="guest", sites=frozenset({"here"}))
    assert graph.around(outsider, "exam-redis 内存") is None


def test_nothing_is_lost_on_the_held_out_questions() -> None:
    """As many find their SOP first as without the graph."""
    asked = [one for lang in ("zh", "en") for one in questions()["held_out"][lang]]
    with_graph, without = (
        sum(first_sop(search, one["question"]) == named(one["sop"]) for one in asked)
        for search in (joined(), pack_search())
    )
    assert with_graph >= without
