"""Seeded randomness: every purpose has a stream of its own."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.random import Generator


def stream(seed: int, *purpose: str) -> Generator:
    """Open the random stream of a purpose; equal seed and purpose give an equal stream."""
    words = hashlib.sha256("/".join([str(seed), *purpose]).encode()).digest()
    return np.random.default_rng(np.frombuffer(words, dtype=np.uint32))


def between(rng: Generator, value: float | Sequence[float]) -> float:
    """Draw from a [low, high] range, or return the number that stands there."""
    if isinstance(value, (int, float)):
        return float(value)
    low, high = value
    return float(rng.uniform(low, high))


def count_between(rng: Generator, value: Sequence[int]) -> int:
    """Draw a whole number from [low, high], both included."""
    low, high = value
    return int(rng.integers(low, high + 1))
