"""The Cypher of a statement bears the name of its SQL; what the principal may see."""

from __future__ import annotations

from types import ModuleType


def of(rows: ModuleType, **statements: str) -> dict[str, str]:
    """Give each SQL constant of a module of rows its Cypher: `USERS` is that of `_USERS`."""
    return {getattr(rows, f"_{name}"): text for name, text in statements.items()}


def visible(node: str) -> str:
    """Write when the principal of `sites` may read a node: true or false, never null."""
    return (
        f"($sites IS NULL OR {node}.visibility = 'all' OR coalesce({node}.site IN $sites, false))"
    )
