"""The written knowledge of the medical-education pack."""

from __future__ import annotations

import re

import pytest

from graph.model.knowledge import CaseOutcome, Sop, SopSectionName
from tests.retrieval.library import pack

_CODE = re.compile(r"`([^`]*)`")
_HALF_WIDTH = re.compile(r"[\u4e00-\u9fff][,;:()!?]")
_APPROVED = re.compile("批准|同意|决定|到场")


def test_there_is_enough_of_it() -> None:
    """At least twenty SOPs and forty cases, failures among them, stated ones named."""
    assert len(pack().sops) >= 20
    assert len(pack().cases) >= 40
    outcomes = [case.outcome for case in pack().cases]
    assert outcomes.count(CaseOutcome.FAILED) >= 3
    assert all("source 000, §" in c.source or c.source == "assumed" for c in pack().cases)


@pytest.mark.parametrize("sop", pack().sops, ids=lambda sop: sop.id)
def test_both_languages_carry_the_same_commands(sop: Sop) -> None:
    """A step runs the same command whatever language it is read in, with balanced code marks."""
    for section in sop.sections:
        for step in section.steps:
            assert _CODE.findall(step.text.zh) == _CODE.findall(step.text.en)
            assert step.text.zh.count("`") % 2 == 0


@pytest.mark.parametrize("sop", pack().sops, ids=lambda sop: sop.id)
def test_chinese_is_set_in_full_width(sop: Sop) -> None:
    """No half-width punctuation follows a Chinese character outside code."""
    for section in sop.sections:
        for step in section.steps:
            assert not _HALF_WIDTH.search(_CODE.sub("", step.text.zh)), step.text.zh


def test_high_risk_remediation_names_who_must_agree() -> None:
    """Every SOP of high risk says in its remediation whose approval it needs."""
    for sop in (sop for sop in pack().sops if sop.risk == "high"):
        (steps,) = (s.steps for s in sop.sections if s.name is SopSectionName.REMEDIATION)
        assert any(_APPROVED.search(step.text.zh) for step in steps), sop.id


def test_every_fault_mode_has_a_sop_or_first_steps() -> None:
    """Whatever the library can diagnose, somebody wrote down what to do about."""
    covered = {mode for sop in pack().sops for mode in sop.fault_mode_ids}
    assert {mode.id for mode in pack().library.modes if mode.first_steps is None} <= covered
