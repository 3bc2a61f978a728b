"""Packs: loaded, checked at the gate, and what is kept of each."""
