"""The one rule of records that several people change: whoever writes has read the last version."""

from __future__ import annotations

from graph.errors import ConflictError
from graph.stores.sql import Value


def check_next(what: str, *, stored: Value, expected: int | None, new: int) -> None:
    """Refuse a stale write, and one that would let a second write of a version through.

    Args:
        what: the record in words, with its id, for the message.
        stored: the version that is stored, None for none.
        expected: the version that the writer has read, None for none.
        new: the version to be written.

    Raises: ConflictError unless `stored` is the expected one and `new` the next.
    """
    if stored != expected:
        found = int(stored or 0) or "none"
        raise ConflictError(f"{what} has version {found}, not {expected or 'none'}; read it again")
    following = (expected or 0) + 1
    if new != following:
        raise ConflictError(
            f"{what} must be written as version {following}, not {new}; raise it by one"
        )
