"""The engine's inner loops: plain Python that numba can compile as it stands."""
