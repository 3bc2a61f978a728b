"""What people enter: counted world by world, soft, taken back without a trace."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.model.diagnosis import Diagnosis, HypothesisResult
from graph.model.library import Check
from graph.model.observation import (
    CONFIRM,
    RULE_OUT,
    Observation,
    Result,
    count_items,
    standing,
)
from graph.model.pack import DomainPack
from reasoning import parameters
from reasoning.network.evidence import Evidence
from reasoning.network.gather import gather_evidence
from tests.bench_room import BenchRoom
from tests.reasoning.evidence_room import evidence, fired, read
from tests.reasoning.test_network import CLIENTS, RATES, Platform
from tests.small_pack import START, after, small_pack, text

LOOK = "lib:look"
CHECKS = ("look", "ping")


def seen(
    check: str,
    component: str = "cdn-a",
    *,
    result: Result = Result.POSITIVE,
    by: str = "zhou",
    at: datetime = START,
    retracted_at: datetime | None = None,
) -> Observation:
    """Make what somebody entered; each content has an id of its own."""
    return Observation(
        evidence_id=f"ob-{check}-{component}-{result}-{by}-{at:%H%M%S}".lower(),
        incident_id="inc-1",
        check_id=f"{check}@small:{component}",
        result=result,
        by=by,
        at=at,
        retracted_at=retracted_at,
    )


def _storm(*entered: Observation) -> Evidence:
    alerts = [fired("PlaybackFailureHigh", f"client-r1-{c}") for c in ("mobile", "telecom")]
    return replace(evidence(*alerts), observations=entered)


def _odds(p: float) -> float:
    return p / (1.0 - p)


class CheckedPlatform(Platform):
    """The same platform with two checks, each naming some of the modes, and their results."""

    def __init__(self, draw: st.DrawFn) -> None:
        """Draw which mode names which check, the rates, and what three people saw."""
        super().__init__(draw)
        self.named = {
            m: tuple(c for c in ("look", "ping") if draw(st.booleans())) for m in self.base
        }
        self.rates = {
            c: (draw(RATES), draw(st.sampled_from([0.02, 0.3]))) for c in ("look", "ping")
        }
        self.results = [
            (who, draw(st.sampled_from(["look", "ping", RULE_OUT, CONFIRM])), draw(st.booleans()))
            for who in ("chen", "li", "zhou")
        ]

    def pack(self) -> DomainPack:
        """Write it as a pack."""
        pack = super().pack()
        modes = tuple(
            mode.model_copy(update={"check_ids": self.named[mode.name.en]})
            for mode in pack.library.modes
        )
        checks = tuple(
            Check(id=c, text=text(c), minutes=1, detection=d, false_alarm=f)
            for c, (d, f) in self.rates.items()
        )
        library = pack.library.model_copy(update={"modes": modes, "checks": checks})
        return pack.model_copy(update={"library": library})

    def entered(self) -> tuple[Observation, ...]:
        """Write the results as observations; a verdict is always positive."""
        return tuple(
            seen(what, "node", by=who, result=Result.POSITIVE if yes else Result.NEGATIVE)
            for who, what, yes in self.results
        )

    def told(self, born: frozenset[str]) -> float:
        """P(what the people entered | these faults), up to a constant factor."""
        weight = 1.0
        for _, what, yes in self.results:
            if what in (RULE_OUT, CONFIRM):
                says = parameters.VERDICT_RATIO if what == CONFIRM else 1 / parameters.VERDICT_RATIO
                weight *= says if born else 1.0
            elif any(what in named for named in self.named.values()):
                detection, false_alarm = self.rates[what]
                p = detection if any(what in self.named[m] for m in born) else false_alarm
                weight *= p if yes else 1.0 - p
        return weight


@st.composite
def _platforms(draw: st.DrawFn) -> CheckedPlatform:
    return CheckedPlatform(draw)


@settings(max_examples=60, deadline=None)
@given(_platforms())
def test_posteriors_with_checks_and_verdicts_equal_enumeration(platform: CheckedPlatform) -> None:
    """P(born), P(mode) and P(no fault) are those of all worlds counted one by one."""
    alerts = [fired("Failing", c) for c in CLIENTS if c in platform.failing]
    alerts += [fired(a, "node") for a in platform.loud]
    reading = read(platform.pack(), replace(evidence(*alerts), observations=platform.entered()))

    worlds = [(born, out, w * platform.told(born)) for born, out, w in platform.worlds()]
    total = sum(w for _, _, w in worlds)
    assert reading.born["small:node"] == pytest.approx(
        sum(w for born, _, w in worlds if born) / total, abs=1e-9
    )
    for mode, probability in reading.modes["small:node"]:
        told = sum(w for born, _, w in worlds if mode.name.en in born) / total
        assert probability == pytest.approx(told, abs=1e-9)
    calm = sum(w for born, out, w in worlds if not born and not out) / total
    assert reading.healthy == pytest.approx(calm, abs=1e-9)


def test_a_verdict_multiplies_the_odds_by_twenty_and_decides_nothing() -> None:
    """Confirming and ruling out are one factor each way; however many do it, it stays open."""
    pack = small_pack()
    plain, yes, no = (
        read(pack, _storm(*entered)).born["small:cdn-a"]
        for entered in ((), (seen(CONFIRM),), (seen(RULE_OUT),))
    )
    assert _odds(yes) / _odds(plain) == pytest.approx(20.0, rel=1e-6)
    assert _odds(plain) / _odds(no) == pytest.approx(20.0, rel=1e-6)
    crowd = [seen(RULE_OUT, by=f"p{n}") for n in range(8)]
    assert 0.0 < read(pack, _storm(*crowd)).born["small:cdn-a"] < no


def test_contradicting_people_are_both_heard() -> None:
    """One confirms, one rules out: the odds are as before, and both stand in the evidence."""
    both = (seen(CONFIRM, by="chen"), seen(RULE_OUT, by="zhou"))
    assert standing(both) == both
    plain, contradicted = read(small_pack(), _storm()), read(small_pack(), _storm(*both))
    assert contradicted.born["small:cdn-a"] == pytest.approx(plain.born["small:cdn-a"], rel=1e-9)
    entered = [c for c in contradicted.model.meaning.values() if c.observed]
    assert sorted(c.told for c in entered) == pytest.approx([-1.30103, 1.30103], abs=1e-5)


def test_nobody_could_look_is_no_evidence() -> None:
    """看不了 leaves the network as it was, byte for byte."""
    blind = read(small_pack(), _storm(seen(LOOK, result=Result.UNKNOWN)))
    assert blind.document == read(small_pack(), _storm()).document


def test_a_check_of_something_gone_from_the_pack_says_nothing() -> None:
    """An unknown check, or a component that the pack no longer has, is passed over."""
    gone = (seen("lib:gone"), seen(LOOK, "gone"), seen(CONFIRM, "gone"))
    assert read(small_pack(), _storm(*gone)).document == read(small_pack(), _storm()).document


def test_the_network_is_the_same_in_whatever_order_people_entered() -> None:
    """Three answers stored in any order give one document."""
    answers = (
        seen(LOOK, by="chen"),
        seen(LOOK, by="li", result=Result.NEGATIVE),
        seen(CONFIRM, "origin", by="zhou"),
    )
    documents = [read(small_pack(), _storm(*order)).document for order in permutations(answers)]
    assert all(document == documents[0] for document in documents)


def test_a_person_has_one_answer_to_one_question() -> None:
    """The later one holds; ruling out after confirming replaces it; what was taken back is gone."""
    first, later = seen(LOOK), seen(LOOK, result=Result.NEGATIVE, at=after(9))
    assert standing((later, first)) == (later,)
    assert standing((seen(CONFIRM), seen(RULE_OUT, at=after(9)))) == (seen(RULE_OUT, at=after(9)),)
    assert standing((seen(LOOK, retracted_at=after(5)),)) == ()


def test_taking_back_counts_as_an_item() -> None:
    """The evidence revision rises with every entry and with every retraction."""
    entry = seen(LOOK)
    taken_back = entry.model_copy(update={"retracted_at": after(5)})
    assert (count_items(()), count_items((entry,)), count_items((taken_back,))) == (0, 1, 2)


# ── through the store ───────────────────────────────────────────────────────────────────────────


class EnteredRoom(BenchRoom):
    """A settled storm on cdn-a, and people who look."""

    def __init__(self) -> None:
        """Let four clients fail while everybody is heard."""
        super().__init__()
        self.beat(after(-60))
        self.storm()
        self.beat(after(600))

    def enter(self, observation: Observation) -> Diagnosis:
        """Store what somebody entered at the replay's own time, and diagnose."""
        (incident,) = self.incidents()
        stored = observation.model_copy(update={"incident_id": incident.id})
        self.store.write(lambda tx: tx.put_observation(stored))
        return self.diagnose()


def _of(diagnosis: Diagnosis, component: str) -> HypothesisResult:
    return next(h for h in diagnosis.hypotheses if h.component_id == f"small:{component}")


def test_a_check_moves_the_posterior_and_stands_in_the_evidence() -> None:
    """Yes raises the cause, no lowers it; both name who and when, in both languages."""
    plain = _of(EnteredRoom().diagnose(), "cdn-a")
    raised = _of(EnteredRoom().enter(seen(LOOK, at=after(60))), "cdn-a")
    lowered = _of(EnteredRoom().enter(seen(LOOK, result=Result.NEGATIVE)), "cdn-a")

    assert lowered.posterior < plain.posterior < raised.posterior
    told = next(e for e in raised.evidence_for if e.evidence_id.startswith("ob-"))
    assert told.text.zh == "cdn-a：看一下 cdn-a 是（zhou，21:41）"
    assert told.text.en == "cdn-a: Look at cdn-a Yes (zhou, 21:41)"
    assert told.log10_bayes_factor == pytest.approx(1.255, abs=1e-3)
    assert any(e.evidence_id.startswith("ob-") for e in lowered.evidence_against)


def test_an_answered_check_is_not_asked_again_until_it_is_taken_back() -> None:
    """Yes and no answer it; 看不了 does not."""
    asked = f"{LOOK}@small:cdn-a"
    room = EnteredRoom()
    assert asked in {c.check_id for c in room.diagnose().next_checks}
    blind = room.enter(seen(LOOK, result=Result.UNKNOWN))
    assert asked in {c.check_id for c in blind.next_checks}
    answer = seen(LOOK, by="chen", at=after(30))
    assert asked not in {c.check_id for c in room.enter(answer).next_checks}
    again = room.enter(answer.model_copy(update={"retracted_at": after(40)}))
    assert asked in {c.check_id for c in again.next_checks}


def test_taking_back_restores_everything_but_the_count() -> None:
    """Same model, same hypotheses; only the revision of the evidence goes on."""
    room = EnteredRoom()
    before = room.diagnose()
    room.enter(seen(RULE_OUT, at=after(60)))
    after_ = room.enter(seen(RULE_OUT, at=after(60), retracted_at=after(90)))

    assert after_.engine.model_digest == before.engine.model_digest
    assert after_.evidence_revision == before.evidence_revision + 2
    kept = {"revision", "supersedes", "evidence_revision", "stability", "computed_at"}
    assert after_.model_dump(exclude=kept) == before.model_dump(exclude=kept)


def test_a_person_who_rules_a_cause_out_is_named_and_the_cause_stays() -> None:
    """It is listed as ruled out by a person, and is still a hypothesis above zero."""
    diagnosis = EnteredRoom().enter(seen(RULE_OUT, at=after(60)))
    (entry,) = diagnosis.ruled_out
    assert isinstance(entry, dict)
    assert (entry["component_id"], entry["by"]) == ("small:cdn-a", "person")
    assert entry["text"] == {
        "zh": "人工排除 cdn-a（zhou，21:41）",
        "en": "cdn-a ruled out by hand (zhou, 21:41)",
    }
    assert _of(diagnosis, "cdn-a").posterior > 0.0


def test_confirming_brings_a_component_in_that_no_alert_points_at() -> None:
    """A person may know more than the alerts: the exam database becomes a hypothesis."""
    room = EnteredRoom()
    assert "small:exam-db" not in {h.component_id for h in room.diagnose().hypotheses}
    raised = _of(room.enter(seen(CONFIRM, "exam-db", at=after(60))), "exam-db")
    assert raised.prior < raised.posterior < 0.2


@pytest.mark.parametrize(("lasts_s", "counts"), [(571, True), (570, False), (60, False)])
def test_an_answer_counts_for_its_time_and_is_then_asked_again(lasts_s: int, counts: bool) -> None:
    """The diagnosis of minute 10 hears what holds until later; the rest nobody can tell."""
    asked = f"{LOOK}@small:cdn-a"
    plain = EnteredRoom().diagnose()
    entry = seen(LOOK, at=after(30)).model_copy(update={"valid_for_s": lasts_s})
    room = EnteredRoom()
    found = room.enter(entry)

    assert found.as_of.now == after(600)
    assert (_of(found, "cdn-a").posterior > _of(plain, "cdn-a").posterior) is counts
    assert (asked in {c.check_id for c in found.next_checks}) is not counts
    told = [u for u in found.unobserved if u.channel_id == asked]
    assert bool(told) is not counts
    if not counts:
        assert found.hypotheses == plain.hypotheses
        assert "过期" in told[0].reason.zh and "expired" in told[0].reason.en


def test_a_night_computed_again_finds_the_same_expiry() -> None:
    """An earlier instant still hears the answer, a later one does not; no clock is read."""
    room = EnteredRoom()
    room.enter(seen(LOOK, at=after(30)).model_copy(update={"valid_for_s": 120}))
    (incident,) = room.incidents()

    def heard(at_s: float) -> tuple[int, int]:
        found = gather_evidence(room.store, incident, at=after(at_s))
        return len(found.observations), len(found.expired)

    assert [heard(s) for s in (29, 30, 149, 150, 9999)] == [(0, 0), (1, 0), (1, 0), (0, 1), (0, 1)]
