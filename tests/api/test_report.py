"""The report on a terminal: words in the language asked for, never our codes."""

from __future__ import annotations

import re

from api.doorway.stateless import ENGINE
from api.incidents.views import detail_incident
from api.remediations.approval_sure import how_sure
from api.reports.diagnosis import Lang, report
from api.reports.words import LANES, OUTCOMES, RULES, SECTIONS
from api.schemas.incidents import CaseView, SopPassage
from graph.model.base import Text
from graph.model.diagnosis import HandShare, RuleFired, SimilarCase, UrgencyResult
from graph.model.incident import Urgency
from graph.model.knowledge import CaseOutcome, SopSectionName
from graph.model.signals import Lane
from tests.api.room import ApiRoom
from tests.small_pack import START, after

_FIX = Text(zh="切换", en="switch over")


def _said(room: ApiRoom, lang: Lang) -> str:
    """Report a storm that fired every rule, in a house with an SOP and one case per outcome."""
    store = room.assistant.store
    incident_id = room.storm(room.source().token)
    found = store.diagnosis(incident_id)
    assert found is not None
    detail = detail_incident(store, ENGINE, store.incident(ENGINE, incident_id), now=after(300))
    cases = [
        SimilarCase(
            case_id=f"small:case-{outcome}",
            score=0.5,
            cause=_FIX,
            fix=_FIX,
            outcome=outcome,
            minutes_to_repair=5,
        )
        for outcome in CaseOutcome
    ]
    diagnosis = found.model_copy(
        update={
            "similar_cases": tuple(cases),
            "urgency": UrgencyResult(
                level=Urgency.P0,
                rules_fired=tuple(RuleFired(rule=rule, why=_FIX) for rule in RULES),
            ),
        }
    )
    passages = tuple(
        SopPassage(sop_id="small:sop-1", title=_FIX, section=section, score=1, steps=())
        for section in SopSectionName
    )
    named = tuple(CaseView(case_id=c.case_id, title=_FIX, opened_at=START) for c in cases)
    shown = detail.model_copy(update={"cases": named, "sop_passages": passages})
    return "\n".join(report(shown, diagnosis, lang))


def test_a_chinese_report_holds_no_code(room: ApiRoom) -> None:
    """Rules, sections of SOPs and what became of past fixes are named in Chinese."""
    said = _said(room, "zh")
    # `study` is also how the small platform calls a step of its own.
    codes = "|".join([*(set(RULES) - {"study"}), *SopSectionName, *CaseOutcome])
    assert not re.search(rf"(?<![\w-])({codes})(?!\w)", said)
    assert "[small:sop-1 处置]" in said
    assert "部分有效，约 5 分钟" in said
    assert "任一步骤：切换" in said and "学习：切换" in said


def test_an_english_report_speaks_in_words(room: ApiRoom) -> None:
    """An underscore is no word."""
    said = _said(room, "en")
    assert "any_step" not in said
    assert "any step: switch over" in said


def test_a_part_that_is_nearly_nothing_is_told_as_none(room: ApiRoom) -> None:
    """Below half a percent the terminal and the approval card say what the page says."""
    store = room.assistant.store
    incident_id = room.storm(room.source().token)
    found = store.diagnosis(incident_id)
    assert found is not None
    detail = detail_incident(store, ENGINE, store.incident(ENGINE, incident_id), now=after(300))
    for share, zh, en in ((0.004, "不靠人工填写", "None of it"), (0.005, "其中 <1%", "<1% of it")):
        hand = HandShare(share=share, posterior_without=0.9, items=1, by=("wu",))
        told = found.model_copy(update={"entered": hand})
        assert zh in "\n".join(report(detail, told, "zh"))
        assert en in "\n".join(report(detail, told, "en"))
        assert ("by hand (wu)" in how_sure(told, "en")) is hand.matters is (share == 0.005)


def test_every_code_has_a_word() -> None:
    """A section, outcome or lane that comes later cannot be printed raw."""
    assert set(SECTIONS) == set(SopSectionName)
    assert set(OUTCOMES) == set(CaseOutcome)
    assert set(LANES) == set(Lane)
