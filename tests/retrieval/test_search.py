"""Search over SOPs and past cases, for people and for the diagnosis."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from graph.errors import InputError, NotFoundError
from graph.model.access import Principal
from graph.model.diagnosis import SimilarCase, SopMatch
from graph.model.knowledge import CaseOutcome
from graph.model.topology import Visibility
from reasoning.ports import KnowledgeFinder
from retrieval.searching.finding import MAX_QUESTION_CHARS, readable_question
from retrieval.searching.search import KnowledgeSearch
from tests.retrieval.library import ANYBODY, named, pack, pack_search

SCHEMAS = Path(__file__).parents[2] / "api" / "json_schemas"
ELSEWHERE = Principal(name="elsewhere", sites=frozenset({"r9"}))
STORM = ("CdnOriginFetchErrors", "PlaybackFailureHigh", "RegionProbeFailing")


def schema(name: str) -> dict[str, Any]:
    """Read a published schema."""
    read: dict[str, Any] = json.loads((SCHEMAS / f"{name}.v1.json").read_text(encoding="utf-8"))
    return read


def hidden_search() -> KnowledgeSearch:
    """Build a search in which the CDN procedure and all cases belong to site r1 alone."""
    only_r1 = {"site": "r1", "visibility": Visibility.SITE}
    sops = (s.model_copy(update=only_r1) if s.id == named("cdn-03") else s for s in pack().sops)
    cases = (case.model_copy(update=only_r1) for case in pack().cases)
    return KnowledgeSearch(sops, cases)


def storm_sops(search: KnowledgeSearch, principal: Principal) -> tuple[SopMatch, ...]:
    """Ask for the SOPs of the CDN storm."""
    return search.sops_for(
        principal,
        modes=[("lib:cdn_node.origin-link-down", 0.8), ("lib:carrier_line.packet-loss", 0.1)],
        alertnames=STORM,
        component_ids=[named("cdn-7")],
        limit=3,
    )


def storm_cases(search: KnowledgeSearch, principal: Principal) -> tuple[SimilarCase, ...]:
    """Ask for cases like the CDN storm."""
    return search.cases_for(
        principal,
        component_id=named("cdn-7"),
        fault_mode_id="lib:cdn_node.origin-link-down",
        kind="cdn_node",
        alertnames=STORM,
        limit=5,
    )


@pytest.mark.parametrize("query", ["CDN 节点回源失败", "credit DB failover", "zzz qqq", "<b>x</b>"])
def test_results_keep_the_published_form(query: str) -> None:
    """Every output is valid search/v1, whether something was found or not."""
    results = pack_search().search(ANYBODY, query)
    jsonschema.validate(results.model_dump(mode="json"), schema("search"))


def test_results_stand_best_first_and_come_from_both_kinds() -> None:
    """SOPs and cases are ranked together by score."""
    results = pack_search().search(ANYBODY, "考试数据库连接池耗尽", limit=8).results
    assert [hit.score for hit in results] == sorted((h.score for h in results), reverse=True)
    assert {hit.kind for hit in results} == {"sop", "case"}


def test_search_can_be_narrowed_to_a_kind() -> None:
    """SOPs alone, or cases alone."""
    search = pack_search()
    assert {hit.kind for hit in search.find_sops(ANYBODY, "连接池").results} == {"sop"}
    assert {hit.kind for hit in search.find_cases(ANYBODY, "连接池").results} == {"case"}


def test_the_order_in_which_knowledge_was_given_changes_nothing() -> None:
    """Two instances over the same documents answer the same, byte for byte."""
    other = KnowledgeSearch(reversed(pack().sops), reversed(pack().cases))
    for query in ("redis 内存", "bad release", "交换机 CRC"):
        first = pack_search().search(ANYBODY, query).model_dump_json()
        assert other.search(ANYBODY, query).model_dump_json() == first


def test_a_hidden_document_is_found_by_nobody_else() -> None:
    """Documents of one site stay out of search, matches, cases and reading by id."""
    search = hidden_search()
    found = search.search(ELSEWHERE, "CDN 节点回源失败", limit=50).results
    assert named("cdn-03") not in {hit.id for hit in found}
    assert {hit.kind for hit in found} == {"sop"}
    assert named("cdn-03") not in {match.sop_id for match in storm_sops(search, ELSEWHERE)}
    assert storm_cases(search, ELSEWHERE) == ()
    with pytest.raises(NotFoundError, match="cdn-03"):
        search.sop(ELSEWHERE, named("cdn-03"))


def test_people_of_the_site_find_it() -> None:
    """The same documents are found by a principal of their site and by one without limits."""
    search = hidden_search()
    for principal in (ANYBODY, Principal(name="here", sites=frozenset({"r1"}))):
        first = search.search(principal, "CDN 节点回源失败").results[0]
        assert first.id == named("cdn-03")


def test_an_empty_question_is_refused() -> None:
    """Nothing to read is an input error that says what to do."""
    for empty in ("", "  \n", "\u200b\u202e\x00"):
        with pytest.raises(InputError, match="ask in words"):
            pack_search().search(ANYBODY, empty)


def test_a_very_long_question_is_cut() -> None:
    """A hundred thousand characters are read up to the limit."""
    assert len(readable_question("考试 " * 50_000)) == MAX_QUESTION_CHARS


def test_search_serves_the_diagnosis() -> None:
    """The class satisfies the port of the diagnosis, as mypy checks too."""
    finder: KnowledgeFinder = pack_search()
    assert finder.sops_for(ANYBODY, modes=[], alertnames=[], component_ids=[], limit=3) == ()


def test_the_sop_of_the_leading_fault_mode_comes_first() -> None:
    """Fault mode before alertname, with the reason in both languages."""
    matches = storm_sops(pack_search(), ANYBODY)
    assert matches[0].sop_id == named("cdn-03")
    assert matches[0].section == "remediation"
    assert "cdn_node.origin-link-down" in matches[0].why_matched.zh
    assert [m.score for m in matches] == sorted((m.score for m in matches), reverse=True)


def test_a_likelier_fault_mode_outranks_a_less_likely_one() -> None:
    """The posterior weighs the link."""
    search = pack_search()

    def first(line: float, node: float) -> str:
        modes = [("lib:carrier_line.packet-loss", line), ("lib:cdn_node.overload", node)]
        return search.sops_for(ANYBODY, modes=modes, alertnames=[], component_ids=[], limit=1)[
            0
        ].sop_id

    assert first(0.9, 0.1) == named("line-01")
    assert first(0.1, 0.9) == named("cdn-01")


def test_every_fault_mode_with_a_sop_has_it_first() -> None:
    """A certain fault mode is answered by a procedure that names it, where there is one."""
    covered = [mode for mode in pack().library.modes if mode.sop_ids]
    assert len(covered) >= 47
    for mode in covered:
        match = pack_search().sops_for(
            ANYBODY, modes=[(mode.id, 1.0)], alertnames=[], component_ids=[], limit=1
        )[0]
        assert mode.id in pack_search().sop(ANYBODY, match.sop_id).fault_mode_ids


def test_similar_cases_share_the_fault_and_keep_failures() -> None:
    """The same fault mode comes first, and a fix that failed is shown as failed."""
    cases = storm_cases(pack_search(), ANYBODY)
    by_id = {case.id: case for case in pack().cases}
    assert by_id[cases[0].case_id].fault_mode_id == "lib:cdn_node.origin-link-down"
    assert "failed" in {case.outcome for case in cases}
    assert all(0.0 <= case.score <= 1.0 for case in cases)


def test_of_cases_that_fit_alike_the_newer_one_that_worked_comes_first() -> None:
    """Told in the same words, recency and a fix that worked decide; a better match still wins."""
    base = next(case for case in pack().cases if case.outcome is CaseOutcome.FAILED)
    newer = base.opened_at + timedelta(days=400)
    worked = {"id": f"{base.id}-z", "outcome": CaseOutcome.WORKED, "opened_at": newer}
    search = KnowledgeSearch([], [base, base.model_copy(update=worked), *pack().cases[-3:]])
    found = search.find_cases(ANYBODY, base.title.zh).results
    assert [hit.id for hit in found[:2]] == [f"{base.id}-z", base.id]
    assert (
        search.find_cases(ANYBODY, pack().cases[-1].title.zh).results[0].id == pack().cases[-1].id
    )


def test_a_case_is_found_by_the_name_of_its_fault() -> None:
    """People look for what it was, in words that the case itself does not use."""
    modes = {mode.id: mode.name for mode in pack().library.modes}
    search = KnowledgeSearch([], pack().cases, modes=modes)
    case = next(one for one in pack().cases if one.fault_mode_id == "lib:container.oom")
    assert case.id in {hit.id for hit in search.find_cases(ANYBODY, "内存溢出").results[:3]}


def test_a_hit_names_the_step_that_speaks_of_the_question() -> None:
    """The step of the section, counted as the SOP counts."""
    for hit in pack_search().find_sops(ANYBODY, "redis bigkeys").results[:1]:
        assert (hit.id, hit.section, hit.step) == (named("cache-01"), "diagnosis", 2)
