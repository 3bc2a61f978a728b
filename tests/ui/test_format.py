"""Numbers as people read them."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from ui import format as shown

probabilities = st.floats(min_value=0, max_value=1)


@given(probabilities)
def test_a_probability_is_never_shown_as_certain(probability: float) -> None:
    """0% and 100% do not exist, whatever the posterior or prior is."""
    for text in (shown.percent(probability), shown.prior_percent(probability)):
        assert text not in ("0%", "100%", "0.0%", "100.0%")


@given(probabilities, probabilities)
def test_a_larger_probability_is_never_shown_as_a_smaller_one(a: float, b: float) -> None:
    """The shown percent keeps the order of the posteriors."""

    def number(text: str) -> float:
        return {"<": 0.0, ">": 100.0}.get(text[0], 1) if text[0] in "<>" else float(text[:-1])

    low, high = sorted((a, b))
    assert number(shown.percent(low)) <= number(shown.percent(high))


@given(probabilities, probabilities)
def test_points_agree_with_the_percents_beside_them(before: float, after: float) -> None:
    """The arrow is the difference of the two numbers that people saw."""
    text = shown.points(before, after)

    assert (text == "0") == (shown._whole(before) == shown._whole(after))
    assert text == "0" or (text[0] == "▲") == (after > before)


@given(st.floats(min_value=-9, max_value=9))
def test_a_weight_has_a_true_minus_and_no_negative_nothing(factor: float) -> None:
    """A hyphen is no minus, and −0.0 is no number."""
    text = shown.weight(factor)

    assert "-" not in text
    assert text not in ("−0.0", "+0.0")


@given(st.integers(min_value=0, max_value=10**7))
def test_a_span_names_at_most_two_units(seconds: int) -> None:
    """A span is read at a glance: two numbers at most, in either language."""
    for lang in ("zh", "en"):
        numbers = [part for part in shown.span(seconds, lang).split() if part.isdigit()]
        assert 1 <= len(numbers) <= 2


def test_a_clock_is_read_in_the_zone_of_the_pack() -> None:
    """The duty room's clock counts, not the server's."""
    instant = datetime(2025, 3, 12, 13, 46, 8, tzinfo=UTC)

    assert shown.clock(instant, "Asia/Shanghai") == "21:46:08"
    assert shown.clock(instant, "Asia/Shanghai", seconds=False) == "21:46"
