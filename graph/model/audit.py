"""The audit log: who did what, when, to which id, chained by hashes."""

from __future__ import annotations

from typing import Final

from pydantic import Field, JsonValue

from graph.model.base import Id, Instant, Model

# What the first line names as the hash of the line before it.
FIRST_PREVIOUS: Final = "0" * 64


class AuditEvent(Model):
    """One line of the chain; `seq` counts from 1 without gaps.

    `hash` = sha256 hex over the RFC 8785 form of every other field, `previous` included, which is
    the hash of the line before (64 zeros for the first).
    """

    seq: int = Field(ge=1)
    at: Instant
    actor: str
    kind: Id
    subject: str
    detail: dict[str, JsonValue] = Field(default_factory=dict)
    previous: str
    hash: str
