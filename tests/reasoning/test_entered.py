"""How far the verdict rests on what people entered: what a second diagnosis without it says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from graph.model.base import Text
from graph.model.diagnosis import HandShare, HypothesisKind, HypothesisResult
from graph.model.observation import Observation, Result
from graph.model.people import PEOPLE
from graph.model.signals import AlertRecord, ChangeKind, ChangeRecord
from reasoning.answer.entered import entered_share
from reasoning.network.causal_model import EXTERNAL
from reasoning.network.evidence import Evidence
from reasoning.network.reading import Reading
from tests.reasoning.evidence_room import changed, evidence, fired, read
from tests.small_pack import after, small_pack

NODE = "small:cdn-a"


def _entry(check_id: str, by: str = "zhou", result: Result = Result.POSITIVE) -> Observation:
    return Observation(
        evidence_id=f"ob-{by}-{check_id.partition('@')[0]}",
        incident_id="inc-1",
        check_id=check_id,
        result=result,
        by=by,
        at=after(300),
    )


def _storm() -> Evidence:
    """Two of the four clients of cdn-a fail: its node is likely, and not sure."""
    return evidence(
        *(fired("PlaybackFailureHigh", f"client-r1-{c}") for c in ("mobile", "telecom"))
    )


def _reading(seen: Evidence) -> Reading:
    return read(small_pack(), seen)


def _share(seen: Evidence, kind: HypothesisKind = HypothesisKind.COMPONENT) -> HandShare | None:
    reading = _reading(seen)
    stated = {
        HypothesisKind.COMPONENT: reading.born[NODE],
        HypothesisKind.EXTERNAL: reading.outside(EXTERNAL),
        HypothesisKind.HEALTHY: reading.healthy,
    }
    top = HypothesisResult(
        rank=1,
        kind=kind,
        component_id=NODE if kind is HypothesisKind.COMPONENT else None,
        fault_mode_id=None,
        name=Text(zh="它", en="it"),
        posterior=stated[kind],
        prior=0.005,
    )
    return entered_share(seen, top, _reading)


def test_nobody_entered_anything_and_nothing_is_said() -> None:
    """Machines alone spoke: there is no share to tell of."""
    assert _share(_storm()) is None


def test_a_confirmation_carries_what_is_lost_without_it() -> None:
    """Zhou says it is the node: the share is what the posterior falls by, of what it is."""
    plain = _reading(_storm()).born[NODE]
    sure = replace(_storm(), observations=(_entry(f"confirm@{NODE}"),))
    stated = _reading(sure).born[NODE]
    found = _share(sure)
    assert found is not None and stated > plain
    assert found.posterior_without == pytest.approx(plain, abs=1e-6)
    assert found.share == pytest.approx((stated - plain) / stated, abs=1e-5)
    assert (found.items, found.by) == (1, ("zhou",))


def test_ruling_out_a_rival_carries_the_top_as_well() -> None:
    """Wang ruled out the origin, which raises the node: that rests on Wang."""
    found = _share(replace(_storm(), observations=(_entry("rule_out@small:origin", "wang"),)))
    assert found is not None and 0.0 < found.share < 1.0
    assert found.by == ("wang",)


def test_what_speaks_against_the_top_carries_nothing() -> None:
    """Without Zhou's doubt it would be surer: no part of it rests on people."""
    doubted = replace(_storm(), observations=(_entry(f"rule_out@{NODE}"),))
    found = _share(doubted)
    assert found is not None
    assert found.share == 0.0 and found.posterior_without > _reading(doubted).born[NODE]


def test_reports_and_work_by_hand_count_with_their_people() -> None:
    """A call that Li took and a restart that Chen wrote down, beside the alerts of machines."""
    called = _by_people(fired("PlaybackFailureHigh", "client-r2-mobile"), "li")
    did = _work(changed("cdn-a", at=after(-60), kind=ChangeKind.OTHER), "chen")
    plain = _storm()
    seen = replace(plain, alerts=(*plain.alerts, called), changes=(did,))
    found = _share(seen)
    assert found is not None
    assert (found.items, found.by) == (2, ("chen", "li"))
    assert found.posterior_without == pytest.approx(_reading(plain).born[NODE], abs=1e-6)
    assert found.share > 0.0


@pytest.mark.parametrize("kind", [HypothesisKind.EXTERNAL, HypothesisKind.HEALTHY])
def test_outcomes_without_a_component_have_their_own_share(kind: HypothesisKind) -> None:
    """That it comes from outside, or that nothing broke, may rest on people too."""
    seen = replace(_storm(), observations=(_entry(f"rule_out@{NODE}"),))
    found = _share(seen, kind)
    assert found is not None and found.share > 0.0


def _by_people(record: AlertRecord, by: str) -> AlertRecord:
    alert = record.alert
    told = alert.model_copy(update={"source": PEOPLE, "labels": {**alert.labels, "taken_by": by}})
    return record.model_copy(update={"alert": told, "evidence_id": "al-called"})


def _work(record: ChangeRecord, by: str) -> ChangeRecord:
    done = record.change.model_copy(update={"source": PEOPLE, "actor": by})
    return record.model_copy(update={"change": done})
