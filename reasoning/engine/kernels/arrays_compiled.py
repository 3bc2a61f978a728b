"""The compiled twins of what makes arrays in `arrays.py`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def ints(count: int) -> NDArray[np.int64]:
    """Return whole zeros."""
    return np.zeros(count, np.int64)


def floats(count: int) -> NDArray[np.float64]:
    """Return zeros."""
    return np.zeros(count, np.float64)
