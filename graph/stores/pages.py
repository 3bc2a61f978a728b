"""Rows as models, and as pages of models with the cursor of the next one."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Final, TypeVar, cast

from graph.model.base import Model
from graph.model.diagnosis import Diagnosis
from graph.ports import Page
from graph.stores import sql
from graph.stores.cursors import write_cursor

M = TypeVar("M", bound=Model)
# The newest revisions of the incidents that people look at: half a megabyte each.
_DIAGNOSES_KEPT: Final = 32
# The alerts and ledgers of a few storms; a thousand bytes each, read by every view of a page.
_RECORDS_KEPT: Final = 4096


@lru_cache(maxsize=_DIAGNOSES_KEPT)
def diagnosis_of(body: str) -> Diagnosis:
    """Read a stored revision; a text that was read lately is the same frozen object again."""
    return Diagnosis.model_validate_json(body)


def models(kind: type[M], bodies: Iterable[str]) -> tuple[M, ...]:
    """Read stored bodies, in their order."""
    return tuple(kind.model_validate_json(body) for body in bodies)


def kept_models(kind: type[M], bodies: Iterable[str]) -> tuple[M, ...]:
    """Read stored bodies, in their order; what was read lately is the same frozen object again."""
    return tuple(cast("M", _kept(kind, body)) for body in bodies)


@lru_cache(maxsize=_RECORDS_KEPT)
def _kept(kind: type[Model], body: str) -> Model:
    return kind.model_validate_json(body)


def page(listing: str, kind: type[M], rows: list[sql.Row], *, limit: int) -> Page:
    """Make a page of at most `limit` rows (body, then the keys of the order).

    `rows` holds one row more than `limit` where there is another page.
    """
    kept = rows[:limit]
    more = len(rows) > limit
    keys = [key for key in kept[-1][1:] if isinstance(key, str | int)] if more else []
    return Page(
        items=models(kind, (str(row[0]) for row in kept)),
        next_cursor=write_cursor(listing, *keys) if more else None,
    )
