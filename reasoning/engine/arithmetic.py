"""Two number systems for the same sum-product: scaled probabilities, and their logarithms.

`LINEAR` is fast and raises FloatingPointError where a product would fall below the smallest double;
`LOGARITHMIC` never does. Both keep relative precision: neither subtracts probabilities.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class Arithmetic(Protocol):
    """How tables are multiplied, summed and scaled."""

    def encode(self, table: Array) -> Array:
        """Return probabilities in this system."""
        ...

    def encode_logs(self, logs: Array) -> Array:
        """Return log likelihoods in this system, scaled; the largest entry is 1."""
        ...

    def multiply(self, left: Array, right: Array) -> Array:
        """Return the broadcast product."""
        ...

    def total(self, table: Array, axes: tuple[int, ...]) -> Array:
        """Sum over axes."""
        ...

    def scale(self, table: Array) -> tuple[Array, float]:
        """Divide by the largest entry; also return its natural logarithm."""
        ...

    def shares(self, table: Array) -> Array:
        """Return a vector as probabilities that sum to 1."""
        ...


class Linear:
    """Plain doubles."""

    def encode(self, table: Array) -> Array:
        """Return the table itself."""
        return table

    def encode_logs(self, logs: Array) -> Array:
        """Return exp(logs - max)."""
        return np.asarray(np.exp(logs - logs.max()))

    def multiply(self, left: Array, right: Array) -> Array:
        """Return the product."""
        return left * right

    def total(self, table: Array, axes: tuple[int, ...]) -> Array:
        """Sum over axes."""
        return np.asarray(table.sum(axis=axes))

    def scale(self, table: Array) -> tuple[Array, float]:
        """Divide by the largest entry, sign apart."""
        largest = float(np.abs(table).max())
        return table / largest, float(np.log(largest))

    def shares(self, table: Array) -> Array:
        """Divide by the sum."""
        return np.asarray(table / table.sum())


class Logarithmic:
    """Natural logarithms; a zero is -inf."""

    def encode(self, table: Array) -> Array:
        """Return log(table)."""
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(table))

    def encode_logs(self, logs: Array) -> Array:
        """Return logs - max."""
        return np.asarray(logs - logs.max())

    def multiply(self, left: Array, right: Array) -> Array:
        """Return the sum of logarithms."""
        return left + right

    def total(self, table: Array, axes: tuple[int, ...]) -> Array:
        """Return log(sum(exp)) over axes, shifted by the largest entry."""
        if not axes:
            return table
        largest = table.max(axis=axes, keepdims=True)
        largest = np.where(np.isfinite(largest), largest, 0.0)
        with np.errstate(divide="ignore", under="ignore"):
            sums = np.log(np.exp(table - largest).sum(axis=axes))
        return np.asarray(sums + np.squeeze(largest, axis=axes))

    def scale(self, table: Array) -> tuple[Array, float]:
        """Subtract the largest entry."""
        largest = float(table.max())
        return table - largest, largest

    def shares(self, table: Array) -> Array:
        """Return exp(table - log of the sum)."""
        weights = np.exp(table - table.max())
        return np.asarray(weights / weights.sum())


LINEAR = Linear()
LOGARITHMIC = Logarithmic()
