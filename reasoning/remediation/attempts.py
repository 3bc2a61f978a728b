"""Refused attempts: each leaves a line in the audit chain, and changes nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from pydantic import JsonValue

from graph.errors import EtiographError, StoreError
from graph.model.access import Principal
from graph.model.base import is_safe_id
from graph.ports import Store
from reasoning.remediation.book import not_before_last


def by_token(principal: Principal | None) -> dict[str, JsonValue]:
    """Name the token by which somebody acts, for a line of the audit log; {} without one."""
    return {"token": principal.token} if principal and principal.token else {}


@contextmanager
def watched(
    store: Store, principal: Principal, subject: str, *, call: str, at: datetime
) -> Iterator[None]:
    """Write `attempt_refused` for an error raised within; the error goes on to the caller.

    The line names cause and way in, never what was typed.
    """
    try:
        yield
    except StoreError:
        raise
    except EtiographError as error:
        detail: dict[str, JsonValue] = {
            "call": call,
            "code": error.code or type(error).__name__,
            "by": "session" if principal.session_id else "token",
            **by_token(principal),
        }
        shown = subject if is_safe_id(subject) else "unreadable"
        store.write(
            lambda tx: tx.add_audit(
                at=not_before_last(tx, at),
                actor=principal.name,
                kind="attempt_refused",
                subject=shown,
                detail=detail,
            )
        )
        raise
