"""How sure is sure enough: every branch of the status, and when an answer still settles."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.model.diagnosis import DiagnosisStatus as Status
from graph.model.diagnosis import HypothesisKind as Kind
from graph.model.signals import AlertStatus
from reasoning.answer.status import is_settling, status_of
from tests.reasoning.evidence_room import evidence, fired
from tests.small_pack import after

_ORDER = [Status.INCONCLUSIVE, Status.LIKELY, Status.CONCLUSIVE]
_CAUSES = st.sampled_from([Kind.COMPONENT, Kind.EXTERNAL])
_SHARES = st.floats(0.0, 1.0)


def _status(
    kind: Kind,
    posterior: float,
    *,
    settling: bool = False,
    mapped: float = 1.0,
    exact: bool = True,
) -> Status:
    return status_of(kind, posterior, settling=settling, mapped=mapped, exact=exact)


@pytest.mark.parametrize("kind", [Kind.COMPONENT, Kind.EXTERNAL])
@pytest.mark.parametrize(
    ("posterior", "status"),
    [
        (1.0, Status.CONCLUSIVE),
        (0.9, Status.CONCLUSIVE),
        (0.899, Status.LIKELY),
        (0.6, Status.LIKELY),
        (0.599, Status.INCONCLUSIVE),
        (0.0, Status.INCONCLUSIVE),
    ],
)
def test_a_cause_is_judged_by_its_posterior(kind: Kind, posterior: float, status: Status) -> None:
    """From 0.9 conclusive, from 0.6 likely, whether inside or outside the graph."""
    assert _status(kind, posterior) is status


@pytest.mark.parametrize(
    ("posterior", "status"),
    [(1.0, Status.HEALTHY), (0.5, Status.HEALTHY), (0.499, Status.INCONCLUSIVE)],
)
def test_no_fault_on_top_is_healthy_or_inconclusive(posterior: float, status: Status) -> None:
    """No fault is never conclusive and never likely."""
    assert _status(Kind.HEALTHY, posterior) is status


@given(_CAUSES, _SHARES)
def test_conclusive_asks_that_the_alerts_are_explained(kind: Kind, explained: float) -> None:
    """A cause that leaves more than a fifth of the alerts unexplained is likely at most."""
    status = status_of(kind, 1.0, settling=False, mapped=1.0, explained=explained, exact=True)
    assert (status is Status.CONCLUSIVE) == (explained >= 0.8)


def test_no_fault_is_not_said_of_the_first_minutes() -> None:
    """While alerts still arrive, calm is no outcome: a lone critical alert is never healthy."""
    assert _status(Kind.HEALTHY, 1.0, settling=True) is Status.INCONCLUSIVE


@given(_CAUSES, _SHARES, _SHARES, st.booleans(), st.booleans())
def test_conclusive_needs_rest_coverage_and_an_exact_answer(
    kind: Kind, posterior: float, mapped: float, settling: bool, exact: bool
) -> None:
    """One doubt is enough to say likely at most, and likely asks for nothing but the posterior."""
    status = _status(kind, posterior, settling=settling, mapped=mapped, exact=exact)
    doubt = settling or not exact or mapped < 0.9
    assert (status is Status.CONCLUSIVE) == (posterior >= 0.9 and not doubt)
    assert (status is Status.INCONCLUSIVE) == (posterior < 0.6)


@given(_CAUSES, st.lists(_SHARES, min_size=2, max_size=2), st.booleans())
def test_more_posterior_is_never_less_sure(
    kind: Kind, posteriors: list[float], settling: bool
) -> None:
    """The status rises with the posterior."""
    low, high = (_ORDER.index(_status(kind, p, settling=settling)) for p in sorted(posteriors))
    assert low <= high


@given(_SHARES, st.booleans())
def test_a_crowd_is_never_more_than_inconclusive(posterior: float, settling: bool) -> None:
    """It breaks nothing, and whether capacity is enough no alert tells: nothing to act on."""
    assert _status(Kind.CROWD, posterior, settling=settling) is Status.INCONCLUSIVE


@pytest.mark.parametrize(
    ("now_s", "received_s", "settling"),
    [
        (179, 0, True),
        (180, 0, False),
        (300, 181, True),
        (300, 180, False),
        (900, 899, True),
    ],
)
def test_an_answer_settles_after_three_minutes_and_two_quiet_ones(
    now_s: float, received_s: float, settling: bool
) -> None:
    """Both the age of the incident and the quiet since the last firing count."""
    alert = fired("PlaybackFailureHigh", "client-r1-mobile", received_at=after(received_s))
    assert is_settling(evidence(alert, now=after(now_s))) is settling


@pytest.mark.parametrize(("fresh", "settling"), [(0, False), (2, False), (3, True)])
def test_stragglers_of_a_big_storm_do_not_unsettle(fresh: int, settling: bool) -> None:
    """Of a hundred alerts, two in the last two minutes are stragglers; three are a storm."""
    old = [fired("PlaybackFailureHigh", f"c-{n}") for n in range(100 - fresh)]
    late = [fired("PlaybackFailureHigh", f"d-{n}", received_at=after(800)) for n in range(fresh)]
    assert is_settling(evidence(*old, *late, now=after(900))) is settling


def test_a_resolve_does_not_unsettle() -> None:
    """Alerts that go away are no sign of a storm still growing."""
    first = fired("PlaybackFailureHigh", "client-r1-mobile")
    gone = fired(
        "PlaybackFailureHigh",
        "client-r1-mobile",
        received_at=after(890),
        status=AlertStatus.RESOLVED,
    )
    assert not is_settling(evidence(first, gone, now=after(900)))


def test_without_any_firing_the_onset_counts() -> None:
    """Evidence of changes alone settles by its age."""
    assert is_settling(evidence(now=after(100)))
    assert not is_settling(evidence(now=after(200)))
