"""Orders: complete, within the budget, or an honest refusal."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reasoning.engine.elimination import TooWide, elimination_order

GRID = [(row * 6 + column, row * 6 + column + 1) for row in range(6) for column in range(5)]
GRID += [(row * 6 + column, row * 6 + column + 6) for row in range(5) for column in range(6)]


def test_a_chain_has_width_one() -> None:
    """A chain of 50 is eliminated in tables of two variables."""
    order = elimination_order([2] * 50, [(index, index + 1) for index in range(49)])

    assert not isinstance(order, TooWide)
    assert max(len(clique) for clique in order) == 2


def test_a_grid_is_within_its_width_and_refused_below_it() -> None:
    """A 6 x 6 grid (width 6) fits a budget of 8 and breaks one of 4, naming the clique."""
    order = elimination_order([2] * 36, GRID, max_width=8)
    refused = elimination_order([2] * 36, GRID, max_width=4)

    assert not isinstance(order, TooWide)
    assert max(len(clique) for clique in order) <= 9
    assert isinstance(refused, TooWide)
    assert len(refused.clique) > 5


def test_states_weigh_in_the_budget() -> None:
    """Two variables of 64 states are 12 bits: too wide for 10, fine for 11."""
    assert isinstance(elimination_order([64, 64], [(0, 1)], max_width=10), TooWide)
    assert not isinstance(elimination_order([64, 64], [(0, 1)], max_width=11), TooWide)


@given(st.lists(st.lists(st.integers(0, 11), min_size=1, max_size=3, unique=True), max_size=25))
def test_every_variable_goes_once_and_every_factor_fits(scopes: list[list[int]]) -> None:
    """The order holds each variable once, and each factor lies in one clique."""
    order = elimination_order([2, 3] * 6, [tuple(scope) for scope in scopes])

    assert not isinstance(order, TooWide)
    assert sorted(clique[0] for clique in order) == list(range(12))
    for scope in scopes:
        assert any(set(scope) <= set(clique) for clique in order)


def test_a_table_is_never_beyond_its_bits() -> None:
    """Max width 3 allows tables of 2^4 entries and no more."""
    order = elimination_order([2] * 5, [(0, 1, 2, 3), (3, 4)], max_width=3)

    assert not isinstance(order, TooWide)
    assert max(math.prod(2 for _ in clique) for clique in order) == pytest.approx(16)
