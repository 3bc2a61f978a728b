"""Orders: complete, within the budget, or an honest refusal; the same on both paths."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reasoning.engine.kernels import ordering, ordering_words
from reasoning.engine.kernels.arrays import Order, Tables

GRID = [(row * 6 + column, row * 6 + column + 1) for row in range(6) for column in range(5)]
GRID += [(row * 6 + column, row * 6 + column + 6) for row in range(5) for column in range(6)]
MOST = 2**25


def tables_of(variables: int, scopes: Sequence[Sequence[int]]) -> Tables:
    """Return tables that have scopes and nothing else."""
    ends, scope = [0], []
    for members in scopes:
        scope += list(members)
        ends.append(len(scope))
    return Tables(variables, [], ends, scope, [], [], [], [], [], [])


def cliques_of(order: Order) -> list[list[int]]:
    """Return the cliques as lists."""
    ends, clique = list(order.clique_ptr), [int(v) for v in order.clique]
    return [clique[a:b] for a, b in itertools.pairwise(ends)]


@pytest.fixture(params=[ordering.min_degree, ordering_words.min_degree], ids=["bits", "words"])
def min_degree(request: pytest.FixtureRequest) -> Callable[[Tables, int, int], Order]:
    """Return one of the two ways to the same order."""
    chosen: Callable[[Tables, int, int], Order] = request.param
    return chosen


def test_a_chain_has_width_one(min_degree: Callable[[Tables, int, int], Order]) -> None:
    """A chain of 50 is eliminated in tables of two variables."""
    order = min_degree(tables_of(50, [(k, k + 1) for k in range(49)]), 18, MOST)

    assert order.broken == -1
    assert max(map(len, cliques_of(order))) == 2
    assert order.entries == 49 * 4 + 2


def test_a_grid_is_within_its_width_and_refused_below_it(
    min_degree: Callable[[Tables, int, int], Order],
) -> None:
    """A 6 x 6 grid (width 6) fits a budget of 8 and breaks one of 4, the clique named last."""
    grid = tables_of(36, GRID)
    fits, refused = min_degree(grid, 8, MOST), min_degree(grid, 4, MOST)

    assert fits.broken == -1
    assert max(map(len, cliques_of(fits))) <= 9
    assert refused.broken > 0
    assert len(cliques_of(refused)[-1]) > 5


def test_entries_are_bounded(min_degree: Callable[[Tables, int, int], Order]) -> None:
    """Tables of more entries together than allowed are refused, however narrow each is."""
    assert min_degree(tables_of(50, [(k, k + 1) for k in range(49)]), 18, 100).broken > 0


@given(
    st.lists(st.lists(st.integers(0, 79), min_size=1, max_size=4, unique=True), max_size=120),
    st.integers(1, 18),
)
def test_both_ways_give_one_order(scopes: list[list[int]], width: int) -> None:
    """Bits and words agree to the last clique, refused or not; a whole order holds all factors."""
    tables = tables_of(80, scopes)
    bits = ordering.min_degree(tables, width, MOST)
    words = ordering_words.min_degree(tables, width, MOST)

    assert (bits.broken, bits.entries) == (words.broken, words.entries)
    assert cliques_of(bits) == cliques_of(words)
    if bits.broken == -1:
        assert sorted(clique[0] for clique in cliques_of(bits)) == list(range(80))
        for scope in scopes:
            assert any(set(scope) <= set(clique) for clique in cliques_of(bits))
