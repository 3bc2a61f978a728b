"""Base rates and confirmed incidents: counts in the open, nothing learnt from a maybe."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.schemas.feedback import FEEDBACK as SAID
from api.schemas.feedback import FeedbackState, feedback_of
from api.schemas.feedback import Outcome as Kind
from graph.model.audit import FIRST_PREVIOUS, AuditEvent
from graph.model.incident import LedgerEntry
from reasoning import parameters
from reasoning.answer.why import explain_cause
from reasoning.network.confirmed import FEEDBACK, Outcome, OutcomeLog, learnt_rates
from tests.bench_room import BenchRoom
from tests.reasoning.evidence_room import evidence, fired, read
from tests.small_pack import after, small_pack

NODE_DOWN, LINK_DOWN = "lib:cdn_node.node-down", "lib:cdn_node.origin-link-down"
NODES = 2


def _was(count: int, component: str = "cdn-a", mode: str | None = NODE_DOWN) -> tuple[Outcome, ...]:
    return tuple(Outcome(f"inc-{n}", ((f"small:{component}", mode),)) for n in range(count))


def test_without_confirmed_incidents_the_librarys_rates_stand() -> None:
    """Nothing was confirmed: nothing is moved, and nothing is shown as moved."""
    assert learnt_rates(small_pack(), ()) == {}
    plain = read(small_pack(), evidence(fired("CdnNodeDown", "cdn-a")))
    assert plain.model.rates == {}


def test_confirmed_cases_and_trials_are_counted_beside_the_librarys() -> None:
    """Thirty incidents, ten of them a dead node of two: 10 cases in 60 more look-backs."""
    elsewhere = tuple(Outcome(f"other-{n}", (("small:exam-db", None),)) for n in range(20))
    rate = learnt_rates(small_pack(), (*_was(10), *elsewhere))[NODE_DOWN]
    told = parameters.PRIOR_INCIDENTS * NODES
    assert (rate.seen_cases, rate.seen_trials) == (10.0, 60.0)
    assert rate.told_cases == pytest.approx(0.002 * told)
    assert rate.told_trials == told
    assert rate.mean == pytest.approx((0.002 * told + 10) / (told + 60))


def test_what_never_happens_becomes_a_little_rarer_and_stays_possible() -> None:
    """The mode that nobody confirmed falls, slowly; no confirmed history makes it impossible."""
    rates = learnt_rates(small_pack(), _was(50))
    assert 0.8 * 0.003 < rates[LINK_DOWN].mean < 0.003
    assert rates[NODE_DOWN].mean > 0.002


def test_a_cause_without_a_mode_is_shared_by_the_rates() -> None:
    """People knew the node and not what broke: two to three, as the library has it."""
    rates = learnt_rates(small_pack(), _was(5, mode=None))
    assert rates[NODE_DOWN].seen_cases == pytest.approx(2.0)
    assert rates[LINK_DOWN].seen_cases == pytest.approx(3.0)


def test_the_network_starts_from_the_updated_rate() -> None:
    """Both clients of the node fail: a node that often dies is likelier than before, others not."""
    storm = [fired("PlaybackFailureHigh", f"client-r1-{c}") for c in ("mobile", "telecom")]
    plain = evidence(*storm)
    learnt = type(plain)(**{**plain.__dict__, "outcomes": _was(20)})
    before, now = read(small_pack(), plain), read(small_pack(), learnt)
    assert now.born["small:cdn-a"] > before.born["small:cdn-a"]
    assert now.model.rates[NODE_DOWN].seen_cases == 20.0
    shown = {p.mode.id: p.base for p in now.model.modes["small:cdn-a"]}
    assert shown[NODE_DOWN] == now.model.rates[NODE_DOWN].mean


class _Chain:
    """An audit chain of these words, as a store reads it."""

    def __init__(self, words: list[tuple[str, str, dict[str, object]]]) -> None:
        """Write one line a word: (incident, person, detail), a second apart."""
        self.lines = [
            AuditEvent.model_validate(
                {
                    "seq": n + 1,
                    "at": after(n),
                    "actor": person,
                    "kind": FEEDBACK,
                    "subject": incident,
                    "detail": detail,
                    "previous": FIRST_PREVIOUS,
                    "hash": FIRST_PREVIOUS,
                }
            )
            for n, (incident, person, detail) in enumerate(words)
        ]

    def audit_chain(self, *, after: int = 0, limit: int = 500) -> tuple[AuditEvent, ...]:
        """Return the lines after a number."""
        return tuple(line for line in self.lines if line.seq > after)[:limit]


def _detail(kind: str, component: str, *, maybe: bool, p0: bool) -> dict[str, object]:
    causes = [{"component_id": component, "fault_mode_id": None}] if kind == "modelled" else []
    return {
        "cause": kind, "causes": causes, "provisional": maybe, "second_needed": p0, "note": "",
    }  # fmt: skip


_WORDS = st.lists(
    st.tuples(
        st.sampled_from(["inc-1", "inc-2"]),
        st.sampled_from(["ann", "bo", "cy"]),
        st.builds(
            lambda kind, component, maybe, p0: _detail(kind, component, maybe=maybe, p0=p0),
            st.sampled_from([k.value for k in Kind]),
            st.sampled_from(["small:cdn-a", "small:cdn-b"]),
            st.booleans(),
            st.booleans(),
        ),
    ),
    max_size=6,
)


@given(_WORDS)
def test_confirmed_here_is_what_people_are_told_is_confirmed(
    words: list[tuple[str, str, dict[str, object]]],
) -> None:
    """The network learns from exactly the outcomes that the incident's page calls confirmed."""
    assert FEEDBACK == SAID
    log = OutcomeLog()
    found = {o.incident_id: o for o in log.before(_Chain(words), after(900))}  # type: ignore[arg-type]
    for incident in ("inc-1", "inc-2"):
        ledger = [
            LedgerEntry.model_validate(
                {"incident_id": i, "seq": n, "at": after(n), "kind": SAID, "actor": p, "detail": d}
            )
            for n, (i, p, d) in enumerate(words)
            if i == incident
        ]
        page = feedback_of(ledger)
        telling = {Kind.MODELLED, Kind.EXTERNAL, Kind.NO_FAULT}
        sure = [item for item in page.items if not item.provisional]
        told = page.state is FeedbackState.CONFIRMED and sure[0].cause in telling
        assert (incident in found) is told
        if told:
            causes = tuple((c.component_id, c.fault_mode_id) for c in sure[0].causes)
            assert found[incident].causes == causes


def test_a_later_confirmation_leaves_an_open_incident_as_it_is() -> None:
    """Only what was confirmed before it was opened counts, so that it can be computed again."""
    word = _detail("modelled", "small:cdn-a", maybe=False, p0=False)
    chain, log = _Chain([("inc-1", "ann", word)]), OutcomeLog()
    seen = [log.before(chain, at) for at in (after(0), after(1))]  # type: ignore[arg-type]
    assert [len(outcomes) for outcomes in seen] == [0, 1]


def _opened(room: BenchRoom) -> datetime:
    return room.incidents()[0].opened_at


def test_a_stored_word_reaches_the_next_incident_and_not_this_one() -> None:
    """What people said of one night is in the rates of the next: the same words, by the store."""
    room = BenchRoom(small_pack())
    room.beat(after(-60))
    room.storm()
    before = room.diagnose()
    word = _detail("modelled", "small:cdn-a", maybe=False, p0=False)
    incident = room.incidents()[0]
    room.store.write(
        lambda tx: tx.add_audit(
            at=after(600),
            actor="ann",
            kind=FEEDBACK,
            subject=incident.id,
            detail=word,  # type: ignore[arg-type]
        )
    )
    assert room.diagnose().engine.model_digest == before.engine.model_digest
    (outcome,) = OutcomeLog().before(room.store, after(900))
    assert outcome == Outcome(incident.id, (("small:cdn-a", None),))
    assert OutcomeLog().before(room.store, _opened(room)) == ()


def test_who_asks_why_sees_the_counts_behind_the_usual_probability() -> None:
    """An earlier night confirmed a dead cdn-a: one case in two looks stands beside the library's.

    Of the origin, which nobody confirmed, the looks alone are counted; rates stand in their order.
    """
    room = BenchRoom(small_pack())
    word = _detail("modelled", "small:cdn-a", maybe=False, p0=False)
    word["causes"] = [{"component_id": "small:cdn-a", "fault_mode_id": NODE_DOWN}]
    room.store.write(
        lambda tx: tx.add_audit(
            at=after(-900),
            actor="ann",
            kind=FEEDBACK,
            subject="inc-earlier",
            detail=word,  # type: ignore[arg-type]
        )
    )
    room.beat(after(-60))
    room.storm()
    room.diagnose()
    incident = room.incidents()[0].id
    node = explain_cause(room.store, incident, "small:cdn-a")
    assert node.confirmed == 1
    rates = {rate.fault_mode_id: rate for rate in node.rates}
    told = rates[NODE_DOWN]
    assert told.told_cases == pytest.approx(1.2)
    assert told.told_trials == 600.0
    assert (told.seen_cases, told.seen_trials) == (1.0, 2.0)
    assert told.rate == pytest.approx(2.2 / 602.0)
    assert told.going_in is not None
    assert [r.rate for r in node.rates] == sorted((r.rate for r in node.rates), reverse=True)
    other = explain_cause(room.store, incident, "small:origin")
    assert {(r.seen_cases, r.seen_trials) for r in other.rates} == {(0.0, 1.0)}
    assert explain_cause(room.store, incident, "external").rates == ()
