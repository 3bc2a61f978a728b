"""When diagnosing begins while payloads come in: at a lull, and never later than the bound."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from api.background.lull import Lull

PAUSE, BOUND, AGAIN = 30.0, 200.0, 500.0
NOBODY = 10_000.0

# (rest since the payload before, how long it is taken in), in milliseconds
PAYLOADS = st.lists(st.tuples(st.integers(0, 80), st.integers(0, 60)), min_size=1, max_size=40)


@dataclass
class Meter:
    """Milliseconds that somebody moves on."""

    at: float = 0.0

    def __call__(self) -> float:
        """Tell the time that was set."""
        return self.at


def _spans(payloads: list[tuple[int, int]]) -> list[tuple[float, float]]:
    """Lay payloads out in time, one after the other: (begun, ended)."""
    spans: list[tuple[float, float]] = []
    for rest, taking in payloads:
        begun = (spans[-1][1] if spans else 0.0) + rest
        spans.append((begun, begun + taking))
    return spans


def _beginnings(
    spans: list[tuple[float, float]], *, diagnosing: float = 0.0, again: float = BOUND
) -> list[float]:
    """Let a worker ask as it is told, from 0 on; give the instants at which it found work to do.

    Each diagnosis takes `diagnosing` milliseconds, during which it does not ask.
    """
    meter = Meter()
    lull = Lull(pause_s=PAUSE, bound_s=BOUND, again_s=again, meter=meter)
    events = sorted(
        [(begun, 1, place) for place, (begun, _) in enumerate(spans)]
        + [(ended, 2, place) for place, (_, ended) in enumerate(spans)],
        key=lambda event: (event[0], event[2], event[1]),
    )
    inside: dict[int, ExitStack] = {}
    found: list[float] = []
    asks, waiting = 0.0, False
    while events or waiting or inside:
        if events and events[0][0] <= asks:
            meter.at, kind, place = events.pop(0)
            if kind == 1:
                inside[place] = ExitStack()
                inside[place].enter_context(lull.taking())
            else:
                inside.pop(place).close()
            waiting = True
            continue
        meter.at = asks
        left = lull.left()
        assert 0.0 <= left <= PAUSE
        if left > 0.0:
            asks += left
        elif waiting:
            found.append(meter.at)
            waiting = False
            asks += diagnosing
        else:  # nothing to do: woken by the next payload
            asks = events[0][0]
    return found


def test_without_payloads_nothing_is_waited_for() -> None:
    """A tick, or what a restart finds, is diagnosed at once."""
    assert Lull(meter=Meter()).left() == 0.0


@given(taking=st.integers(0, 500))
def test_a_lone_payload_is_diagnosed_after_one_pause(taking: int) -> None:
    """A pause after its answer, or at the bound where taking it in takes that long."""
    first = _beginnings([(0.0, float(taking))])[0]

    assert first == min(taking + PAUSE, BOUND)


@given(PAYLOADS, st.sampled_from([0.0, 40.0, 150.0]))
def test_no_payload_waits_longer_than_the_bound(
    payloads: list[tuple[int, int]], diagnosing: float
) -> None:
    """However a stream is cut: begun by the bound, or when the diagnosis under way has ended."""
    spans = _spans(payloads)
    begun = _beginnings(spans, diagnosing=diagnosing)

    for _, ended in spans:
        covering = min((at for at in begun if at >= ended), default=NOBODY)
        assert covering - ended <= BOUND + diagnosing


@given(PAYLOADS)
def test_what_begins_before_the_bound_begins_in_a_lull(payloads: list[tuple[int, int]]) -> None:
    """Nobody is being taken in, and nobody was for the length of a pause."""
    spans = _spans(payloads)
    before = 0.0
    for at in _beginnings(spans):
        oldest = min(b for b, e in spans if b >= before or e >= before)
        near = [1 for begun, ended in spans if begun < at and ended > at - PAUSE]
        assert not near or at - max(oldest, before) >= BOUND
        before = at


def test_an_endless_stream_is_diagnosed_again_and_again() -> None:
    """A payload every 10 ms for 5 s: one beginning per bound, not one per payload and not none."""
    begun = _beginnings(_spans([(4, 6)] * 500))

    assert 5_000 / (BOUND + PAUSE) - 1 <= len(begun) <= 5_000 / BOUND + 1
    assert max(later - sooner for sooner, later in pairwise(begun)) <= BOUND + 10


@given(PAYLOADS, st.sampled_from([0.0, 40.0, 150.0]))
def test_a_stream_that_goes_on_waits_for_its_next_answer_alone(
    payloads: list[tuple[int, int]], diagnosing: float
) -> None:
    """The first answer comes by the bound; no payload after it waits longer than the next takes."""
    spans = _spans(payloads)
    begun = _beginnings(spans, diagnosing=diagnosing, again=AGAIN)

    assert begun[0] <= spans[0][0] + BOUND
    for _, ended in spans:
        covering = min((at for at in begun if at >= ended), default=NOBODY)
        assert covering - ended <= AGAIN + diagnosing


def test_a_long_storm_is_told_early_and_then_seldom() -> None:
    """A payload every 10 ms for 5 s, a minute of rest, and the same again."""
    stream = [(4, 6)] * 500
    begun = _beginnings(_spans([*stream, (60_000, 6), *stream]), again=AGAIN)

    half = len(begun) // 2
    for first, *later in (begun[:half], begun[half:]):
        assert first <= BOUND + 10 or 65_000 <= first <= 65_000 + BOUND + 10
        assert 5_000 / (AGAIN + PAUSE) - 1 <= len(later) <= 5_000 / AGAIN + 1


def test_ten_payloads_in_a_row_are_diagnosed_once() -> None:
    """The storm that the figure is about: all of it is in before the first diagnosis begins."""
    spans = _spans([(5, 10)] * 10)

    assert _beginnings(spans) == [spans[-1][1] + PAUSE]


def test_a_payload_that_fails_holds_nothing_up() -> None:
    """Whatever its end, it has been taken in."""
    meter = Meter()
    lull = Lull(pause_s=PAUSE, bound_s=BOUND, meter=meter)
    with ExitStack() as stack:
        stack.enter_context(lull.taking())
        meter.at = 5.0
    meter.at = 5.0 + PAUSE

    assert lull.left() == 0.0


def test_calm_counts_from_the_last_payload_and_from_the_start_before_one() -> None:
    """What waits for calm does not begin within a payload, nor in the first moment of a server."""
    meter = Meter(at=1_000.0)
    lull = Lull(pause_s=PAUSE, bound_s=BOUND, meter=meter)
    meter.at = 1_400.0
    assert lull.calm_s() == 400.0
    with lull.taking():
        meter.at = 2_000.0
        assert lull.calm_s() == 0.0
    meter.at = 2_250.0
    assert lull.calm_s() == 250.0
