"""Durable work: a job is done at least once, by an idempotent handler."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from pydantic import Field, JsonValue

from graph.model.base import Id, Instant, Model

MAX_ATTEMPTS: Final = 3  # tries of a job before it has failed for good


class JobState(StrEnum):
    """A job waits, runs, is done, or has failed for good."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Job(Model):
    """One piece of work; `key` makes equal waiting jobs one (newest evidence first)."""

    id: int
    kind: Id
    key: str
    payload: dict[str, JsonValue] = Field(default_factory=dict)
    state: JobState = JobState.WAITING
    attempts: int = 0
    created_at: Instant
    error: str = ""
