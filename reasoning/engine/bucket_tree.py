"""Exact marginals by bucket elimination up and one pass down: every answer for about 3 passes.

Source: Dechter 1999 (bucket elimination); the downward pass is Shenoy-Shafer's, without division.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from reasoning.engine.arithmetic import LINEAR, LOGARITHMIC, Arithmetic, Array
from reasoning.engine.kernels.signed import ROUNDING

Cliques = Sequence[tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Factor:
    """A table over `scope`, one axis a variable, in the order of `scope`."""

    scope: tuple[int, ...]
    table: Array


@dataclass(frozen=True, slots=True)
class _Bucket:
    """One elimination: `variable` is axis 0 of its tables, later variables follow in order.

    A child's message lacks the child's own variable; `views` give it this bucket's axes, `kept`
    the axes that a message down to it keeps.
    """

    variable: int
    shape: tuple[int, ...]
    tables: tuple[Array, ...]
    children: tuple[int, ...]
    views: tuple[tuple[int, ...], ...]
    kept: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class BucketTree:
    """A forest of buckets in elimination order; `roots` close its connected parts."""

    buckets: tuple[_Bucket, ...]
    roots: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Marginals:
    """ln of the sum over all states, and every variable's distribution, by variable number."""

    log_total: float
    shares: Mapping[int, Array]


def plant(cards: Sequence[int], factors: Sequence[Factor], order: Cliques) -> BucketTree:
    """Lay factors into the buckets of an elimination order and tie each bucket to its parent."""
    position = {clique[0]: index for index, clique in enumerate(order)}
    tables: list[list[Array]] = [[] for _ in order]
    for factor in factors:
        home = min(position[variable] for variable in factor.scope)
        tables[home].append(_laid_out(factor, order[home], cards, position))
    children: list[list[int]] = [[] for _ in order]
    roots = []
    for index, clique in enumerate(order):
        if len(clique) > 1:
            children[position[clique[1]]].append(index)
        else:
            roots.append(index)
    buckets = []
    for index, clique in enumerate(order):
        kept = [_axes(order[child][1:], clique) for child in children[index]]
        shape = tuple(cards[variable] for variable in clique)
        buckets.append(
            _Bucket(
                variable=clique[0],
                shape=shape,
                tables=_merged(tables[index], shape),
                children=tuple(children[index]),
                views=tuple(_opened(shape, axes) for axes in kept),
                kept=tuple(kept),
            )
        )
    return BucketTree(tuple(buckets), tuple(roots))


def solve(
    tree: BucketTree,
    log_likelihoods: Mapping[int, Array],
    *,
    underflow: Literal["raise", "ignore"] = "raise",
) -> Marginals:
    """Return the exact marginals under per-variable log likelihoods (missing = no evidence).

    Runs in plain doubles; where that fails, all again in logarithms.

    Args:
        tree: from `plant`.
        log_likelihoods: by variable number.
        underflow: "raise" counts any entry below 1e-308 of its table's scale as failure, so that
            nothing is lost; "ignore" lets such entries be 0 and fails only where a whole table is.
    """
    try:
        with np.errstate(under=underflow, divide="raise", invalid="raise", over="raise"):
            return _passes(tree, log_likelihoods, LINEAR)
    except FloatingPointError:
        return _passes(tree, log_likelihoods, LOGARITHMIC)


def solve_signed(
    tree: BucketTree, log_likelihoods: Mapping[int, Array]
) -> tuple[Marginals, float] | None:
    """Return marginals of tables with signs, and a bound of the relative error of their sum.

    None where a sum vanishes or is not positive. The bound is that of `kernels/signed.py`.
    """
    with np.errstate(under="ignore", divide="ignore", invalid="ignore", over="ignore"):
        own = [_own_operands(bucket, log_likelihoods, LINEAR) for bucket in tree.buckets]
        up, worn, scales = _worn_passes(tree, own)
        roots = [float(up[root]) for root in tree.roots]
        if not all(scale > 0.0 for scale in scales) or any(root < 0.0 for root in roots):
            return None
        weights = _distribute(tree, own, up, LINEAR)
        shares = {variable: found / found.sum() for variable, found in weights.items()}
    log_total = sum(float(logs.max()) for logs in log_likelihoods.values())
    lost = sum(float(worn[root]) for root in tree.roots)
    if not all(np.isfinite(found).all() for found in shares.values()):
        return None
    return Marginals(log_total + float(np.log(scales).sum()), shares), lost


def _worn_passes(
    tree: BucketTree, own: list[list[Array]]
) -> tuple[list[Array], list[Array], list[float]]:
    """Pass up; return the messages, their absolute errors, and by what each was divided."""
    up: list[Array] = []
    worn: list[Array] = []
    scales: list[float] = []
    for bucket, operands in zip(tree.buckets, own, strict=True):
        work = _product(operands, bucket.shape, LINEAR)
        wear = 4.0 * ROUNDING * np.abs(work)
        for child, view in zip(bucket.children, bucket.views, strict=True):
            said, loss = up[child].reshape(view), worn[child].reshape(view)
            wear = wear * (np.abs(said) + loss) + np.abs(work) * (loss + ROUNDING * np.abs(said))
            work = work * said
        message, error = work.sum(axis=0), wear.sum(axis=0)
        largest = float(np.abs(message).max())
        up.append(message / largest)
        worn.append((error + ROUNDING * np.abs(message)) / largest)
        scales.append(largest)
    return up, worn, scales


def _passes(tree: BucketTree, log_likelihoods: Mapping[int, Array], maths: Arithmetic) -> Marginals:
    log_total = sum(float(logs.max()) for logs in log_likelihoods.values())
    own = [_own_operands(bucket, log_likelihoods, maths) for bucket in tree.buckets]
    up: list[Array] = []
    for bucket, operands in zip(tree.buckets, own, strict=True):
        arrived = [
            up[child].reshape(view)
            for child, view in zip(bucket.children, bucket.views, strict=True)
        ]
        message = maths.total(_product([*operands, *arrived], bucket.shape, maths), (0,))
        scaled, log_scale = maths.scale(message)
        up.append(scaled)
        log_total += log_scale
    weights = _distribute(tree, own, up, maths)
    with np.errstate(under="ignore"):
        shares = {variable: maths.shares(found) for variable, found in weights.items()}
    return Marginals(log_total, shares)


def _distribute(
    tree: BucketTree, own: list[list[Array]], up: list[Array], maths: Arithmetic
) -> dict[int, Array]:
    down: list[Array | None] = [None] * len(tree.buckets)
    weights: dict[int, Array] = {}
    for index in reversed(range(len(tree.buckets))):
        bucket = tree.buckets[index]
        from_above = down[index]
        operands = own[index] if from_above is None else [*own[index], from_above[np.newaxis]]
        arrived = [
            up[child].reshape(view)
            for child, view in zip(bucket.children, bucket.views, strict=True)
        ]
        before = _product(operands, bucket.shape, maths)
        after = _suffixes(arrived, maths)
        for number, child in enumerate(bucket.children):
            rest = after[number + 1]
            others = before if rest is None else maths.multiply(before, rest)
            dropped = tuple(a for a in range(len(bucket.shape)) if a not in bucket.kept[number])
            down[child] = maths.scale(maths.total(others, dropped))[0]
            before = maths.multiply(before, arrived[number])
        weights[bucket.variable] = maths.total(before, tuple(range(1, len(bucket.shape))))
    return weights


def _own_operands(
    bucket: _Bucket, log_likelihoods: Mapping[int, Array], maths: Arithmetic
) -> list[Array]:
    operands = [maths.encode(table) for table in bucket.tables]
    logs = log_likelihoods.get(bucket.variable)
    if logs is not None:
        column = (len(logs),) + (1,) * (len(bucket.shape) - 1)
        operands.append(maths.encode_logs(logs).reshape(column))
    return operands


def _product(operands: Sequence[Array], shape: tuple[int, ...], maths: Arithmetic) -> Array:
    """Multiply small tables first, then open the result to the bucket's full shape."""
    if not operands:
        return maths.encode(np.ones(shape))
    ordered = sorted(operands, key=_size)
    product = ordered[0]
    for table in ordered[1:]:
        product = maths.multiply(product, table)
    return product if product.shape == shape else np.broadcast_to(product, shape)


def _size(table: Array) -> int:
    return table.size


def _suffixes(arrived: Sequence[Array], maths: Arithmetic) -> list[Array | None]:
    """Return, for each position, the product of all messages from there on; None for no message."""
    suffixes: list[Array | None] = [None] * (len(arrived) + 1)
    for index in reversed(range(len(arrived))):
        rest = suffixes[index + 1]
        suffixes[index] = arrived[index] if rest is None else maths.multiply(arrived[index], rest)
    return suffixes


def _laid_out(
    factor: Factor, clique: tuple[int, ...], cards: Sequence[int], position: Mapping[int, int]
) -> Array:
    axes = sorted(range(len(factor.scope)), key=lambda axis: position[factor.scope[axis]])
    inside = set(factor.scope)
    shape = tuple(cards[variable] if variable in inside else 1 for variable in clique)
    return np.ascontiguousarray(factor.table.transpose(axes)).reshape(shape)


def _merged(tables: Sequence[Array], shape: tuple[int, ...]) -> tuple[Array, ...]:
    """Multiply a small bucket's tables once and for all; leave a large bucket's apart."""
    if len(tables) < 2 or int(np.prod(shape)) > 256:
        return tuple(tables)
    product = tables[0]
    for table in tables[1:]:
        product = product * table
    return (product,)


def _axes(separator: tuple[int, ...], clique: tuple[int, ...]) -> tuple[int, ...]:
    at = {variable: axis for axis, variable in enumerate(clique)}
    return tuple(at[variable] for variable in separator)


def _opened(shape: tuple[int, ...], axes: tuple[int, ...]) -> tuple[int, ...]:
    opened = [1] * len(shape)
    for axis in axes:
        opened[axis] = shape[axis]
    return tuple(opened)
