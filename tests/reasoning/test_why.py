"""Why, and why not: every weight is the one that a person gets by leaving the evidence out."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest

from graph.errors import ConflictError, NotFoundError
from graph.model.diagnosis import HypothesisKind
from graph.model.why import CauseStanding, WeightOfGroup, Why
from reasoning.answer.restored import restore
from reasoning.answer.unheard import log10_odds
from reasoning.answer.why import explain_cause
from reasoning.answer.words import percent
from reasoning.engine.posterior import infer
from reasoning.network.causal_model import OUTSIDE
from reasoning.network.reading import read_model
from tests.bench_room import BenchRoom
from tests.payloads import alert
from tests.reasoning.test_priors import with_live_event
from tests.reasoning.test_sets import twins
from tests.small_pack import after


def _room(*, change: bool = False, room: BenchRoom | None = None) -> BenchRoom:
    room = room or BenchRoom()
    room.beat(after(-700))
    if change:
        body = {
            "schema": "change/v1",
            "id": "cfg-1",
            "at": "2025-03-12T13:31:00Z",
            "kind": "config",
            "targets": ["cdn-a"],
        }
        raw = json.dumps(body).encode()
        room.intake.receive_changes(room.principal, raw, received_at=after(-500))
    room.storm()
    room.beat(after(600))
    room.diagnose()
    return room


def _why(room: BenchRoom, slug: str) -> Why:
    (incident,) = room.incidents()
    cause = slug if slug in OUTSIDE else f"small:{slug}"
    return explain_cause(room.store, incident.id, cause)


def _group(why: Why, name: str) -> WeightOfGroup:
    return next(group for group in why.groups if group.group == name)


def test_the_first_says_that_it_is_first_and_what_carries_it() -> None:
    """cdn-a leads: all alerts together carry it, and its figures are those of the diagnosis."""
    room = _room()
    why, top = _why(room, "cdn-a"), room.diagnose().hypotheses[0]
    assert why.standing is CauseStanding.LEADS
    assert why.rival is None
    assert (why.posterior, why.prior) == (top.posterior, top.prior)
    assert why.log10_bayes_factor == pytest.approx(
        log10_odds(top.posterior) - log10_odds(top.prior), abs=1e-6
    )
    assert _group(why, "all:spoke").posterior_without < 0.05
    assert "cdn-a 排在首位" in why.text.zh and "cdn-a stands first" in why.text.en


def test_the_quiet_clients_are_why_it_is_not_the_origin() -> None:
    """The origin would have harmed region 3 too, which stayed quiet: the fact against it."""
    why = _why(_room(), "origin")
    parts = [group for group in why.groups if group.kind != "all"]
    against = min(parts, key=lambda g: g.log10_bayes_factor)
    assert (against.group, against.kind) == ("silent:r3", "silence")
    assert against.posterior_without > (why.posterior or 1.0)
    assert against.name.zh == "region 3 该响未响"
    assert f"最反对它的是 {against.name.zh}" in why.text.zh
    assert why.rival is not None and why.rival.component_id == "small:cdn-a"


def test_each_weight_is_what_is_lost_without_the_group() -> None:
    """Left out by hand, the whole network answered again: the same odds to a millionth."""
    room = _room()
    (incident,) = room.incidents()
    reading = read_model(restore(room.store, incident.id).model)
    assert reading.posterior.method == "exact"
    for slug in ("cdn-a", "cdn-b", "origin"):
        key = reading.fault_key(f"small:{slug}")
        for group in _why(room, slug).groups:
            if group.group != "silent:r3":
                continue
            gone = [c for c, m in reading.model.meaning.items() if "r3" in m.component_id]
            told = reading.observation
            left = infer(reading.compiled, replace(told, unknown=tuple(sorted(gone))))
            lost = log10_odds(reading.posterior.faults[key]) - log10_odds(left.faults[key])
            assert group.log10_bayes_factor == pytest.approx(lost, abs=1e-6)


def test_a_change_is_a_weight_of_its_own() -> None:
    """A configuration before the storm: without it the node would be less likely, by its factor."""
    plain, changed = _why(_room(), "cdn-a"), _why(_room(change=True), "cdn-a")
    group = _group(changed, "changes")
    assert group.evidence_ids[0].startswith("ch-")
    assert group.posterior_without < (changed.posterior or 0.0)
    assert group.posterior_without == pytest.approx(plain.posterior or 0.0, abs=0.02)


def test_what_stands_outside_is_said_to_stand_outside() -> None:
    """Clients have no faults of their own; nothing that alerts hangs on the report service."""
    room = _room()
    client, report = _why(room, "client-r1-mobile"), _why(room, "report-api")
    assert (client.standing, report.standing) == (CauseStanding.FAULTLESS, CauseStanding.UNREACHED)
    assert client.posterior is report.posterior is None
    assert "没有" in client.text.zh and "不在考虑的范围里" in report.text.zh
    assert "was not considered" in report.text.en


def test_twins_are_said_to_be_alike() -> None:
    """Why not the other twin: because the evidence cannot tell the two apart."""
    room = _room(room=BenchRoom(twins()))
    first = room.diagnose().hypotheses[0].component_id
    other = "cdn-a2" if first == "small:cdn-a" else "cdn-a"
    why = _why(room, other)
    assert why.rival is not None and why.rival.log10_likelier == pytest.approx(0.0, abs=1e-6)
    assert "证据分不开两者" in why.text.zh and "cannot tell the two apart" in why.text.en


def test_an_own_alert_that_decides_is_named_by_itself() -> None:
    """CdnNodeDown speaks at least ten to one for the node, whatever else is known."""
    room = _room()
    room.send(alert("CdnNodeDown", at=after(5), host="cdn-a"), at=after(610))
    room.diagnose()
    why = _why(room, "cdn-a")
    assert any("CdnNodeDown" in item.text.en for item in why.decisive)
    assert all(abs(item.log10_bayes_factor) >= 1.0 for item in why.decisive)


def test_the_outside_can_be_asked_about_too() -> None:
    """The outside cause pays for every quiet client."""
    why = _why(_room(), "external")
    assert why.name.zh == "图外原因"
    assert _group(why, "silent:r3").log10_bayes_factor < 0.0
    assert why.rival is not None and (why.rival.log10_likelier or 0.0) > 1.0


def test_a_crowd_can_be_asked_about_at_a_live_event() -> None:
    """It has posterior, prior and a name of its own beside the outside cause."""
    room = _room(room=BenchRoom(with_live_event()))
    crowd = next(h for h in room.diagnose().hypotheses if h.kind is HypothesisKind.CROWD)
    why = _why(room, "crowd")
    assert why.name.zh == "大型直播人流高峰" and why.name != _why(room, "external").name
    assert (why.posterior, why.prior) == pytest.approx((crowd.posterior, crowd.prior))


@pytest.mark.parametrize("change", [False, True])
def test_no_account_contradicts_the_diagnosis(change: bool) -> None:
    """Of every listed cause: the same posterior and prior, and the percentage that is printed."""
    room = _room(change=change)
    for hypothesis in room.diagnose().hypotheses:
        if hypothesis.kind is HypothesisKind.HEALTHY:
            continue
        slug = (hypothesis.component_id or hypothesis.kind.value).removeprefix("small:")
        why = _why(room, slug)
        assert why.posterior == pytest.approx(hypothesis.posterior, abs=1e-12)
        assert why.prior == pytest.approx(hypothesis.prior, abs=1e-12)
        assert percent(hypothesis.posterior) in why.text.zh
        assert percent(hypothesis.posterior) in why.text.en
        assert (why.standing is CauseStanding.LEADS) == (hypothesis.rank == 1)
        for group in why.groups:
            rises = group.posterior_without > hypothesis.posterior
            assert rises == (group.log10_bayes_factor < 0) or math.isclose(
                group.posterior_without, hypothesis.posterior, abs_tol=1e-9
            )


def test_unknown_components_and_moved_evidence_are_refused() -> None:
    """An id of nothing is not found; an answer that evidence has overtaken is not explained."""
    room = _room()
    with pytest.raises(NotFoundError, match="no component 'small:nobody'"):
        _why(room, "nobody")
    with pytest.raises(NotFoundError, match="no component 'crowd'"):
        _why(room, "crowd")  # no live event is booked
    room.send(alert("CdnNodeDown", at=after(5), host="cdn-a"), at=after(590))
    with pytest.raises(ConflictError):
        _why(room, "cdn-a")
