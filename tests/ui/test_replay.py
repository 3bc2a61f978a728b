"""The replay, drawn: every minute is in it once, the suppositions are named, one language each."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from graph.model.diagnosis import DiagnosisStatus, HypothesisKind
from graph.model.replay import Replay, ReplayedMinute
from tests.ui import samples
from ui.format import Lang
from ui.widgets import replay

CDN = "med:cdn-7"
NAMES = {CDN: "CDN 节点 cdn-7"}


def _minute(number: int, posterior: float, status: DiagnosisStatus) -> ReplayedMinute:
    return ReplayedMinute(
        minute=number,
        at=samples.BEGAN + timedelta(minutes=number),
        alerts=4 if number < 3 else 9,
        kind=HypothesisKind.COMPONENT,
        component_id=CDN,
        name=samples.CDN,
        posterior=posterior,
        status=status,
        settling=False,
        aim=posterior,
    )


def _replay(**more: object) -> Replay:
    """Four minutes: two that say the same, one surer, one with more alerts."""
    unsure, likely = DiagnosisStatus.INCONCLUSIVE, DiagnosisStatus.LIKELY
    steps = (
        _minute(0, 0.3, unsure),
        _minute(1, 0.3, unsure),
        _minute(2, 0.7, likely),
        _minute(3, 0.7, likely),
    )
    fields = {
        "incident_id": "inc-1",
        "without_source": None,
        "with_relations": (),
        "step_s": 60,
        "aims": (CDN,),
        "confirmed": True,
        "first_on_top": 0,
        "known_from": 2,
        "minutes": steps,
        "sources": ("node-watch", "prometheus"),
    }
    return Replay.model_validate(fields | more)


def test_minutes_that_say_the_same_are_one_line() -> None:
    """Minutes 0 and 1 say the same; the third is surer, the fourth has heard more."""
    drawn = replay.minutes(_replay(), samples.ZONE, "en")
    spans = re.findall(r"<tr><td><span>([^<]+)</span>", drawn)
    assert spans == ["0–1", "2", "3"]


@pytest.mark.parametrize(
    ("found", "zh", "en"),
    [
        ({}, "从第 2 分钟起一直知道", "Known from minute 2 on"),
        ({"known_from": None}, "第 0 分钟排到过首位", "It stood first in minute 0"),
        ({"known_from": None, "first_on_top": None}, "从来没有排到首位", "It never stood first"),
    ],
)
def test_the_answer_is_one_sentence(found: dict[str, object], zh: str, en: str) -> None:
    """Known for good, first for a while, or never: each in its own words."""
    assert zh in replay.answer(_replay(**found), NAMES, "zh")
    assert en in replay.answer(_replay(**found), NAMES, "en")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_suppositions_stand_side_by_side_under_their_names(lang: Lang) -> None:
    """As it was, without a source, with a relation: three lines, the relation by short ids."""
    asked = [
        _replay(),
        _replay(without_source="prometheus", known_from=None),
        _replay(with_relations=("med:cdn-8:DEPENDS_ON:med:cdn-7",)),
    ]
    drawn = replay.beside(asked, lang)
    assert drawn.count("<tr>") == 4
    assert {"zh": "没有来源 prometheus", "en": "Without source prometheus"}[lang] in drawn
    assert {"zh": "cdn-8 依赖 cdn-7", "en": "cdn-8 depends on cdn-7"}[lang] in drawn
    assert "—" in drawn


def test_names_from_outside_are_text() -> None:
    """A source may be called anything; it never becomes markup."""
    drawn = replay.beside([_replay(without_source="<b>x</b>")], "en")
    assert "<b>x" not in drawn and "&lt;b&gt;x" in drawn
