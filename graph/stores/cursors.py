"""Cursors of pages: opaque to callers, checked when they come back."""

from __future__ import annotations

import base64
import binascii
import json

from graph.errors import Detail, InputError

_MAX_LENGTH = 2000
_MAX_LIMIT = 1000
_MAX_INTEGER = 2**63 - 1  # what SQLite holds


def write_cursor(listing: str, *keys: str | int) -> str:
    """Write the place after a row as URL-safe text; `listing` keeps lists apart."""
    raw = json.dumps([listing, *keys], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(raw.encode()).decode().rstrip("=")


def read_cursor(
    listing: str, cursor: str, types: tuple[type[str] | type[int], ...]
) -> tuple[str | int, ...]:
    """Read a cursor of this listing whose keys have these types.

    Raises: InputError for anything that `write_cursor` did not write for this listing.
    """
    keys = _decoded(cursor)
    if isinstance(keys, list) and [type(key) for key in keys] == [str, *types]:
        name, *rest = keys
        if name == listing and all(map(_storable, rest)) and write_cursor(name, *rest) == cursor:
            return tuple(rest)
    raise InputError(
        f"cursor {cursor[:80]!r} is no cursor of this list; leave it out to start again",
        [Detail("cursor", "is no cursor of this list")],
    )


def _storable(key: str | int) -> bool:
    """Tell whether SQLite can compare with this key."""
    if isinstance(key, int):
        return abs(key) <= _MAX_INTEGER
    return not any("\ud800" <= char <= "\udfff" for char in key)


def checked_limit(limit: int) -> int:
    """Return the page size if it lies in 1..1000, else raise InputError."""
    if not 1 <= limit <= _MAX_LIMIT:
        raise InputError(
            f"limit must lie in 1..{_MAX_LIMIT}, is {limit}",
            [Detail("limit", f"must lie in 1..{_MAX_LIMIT}")],
        )
    return limit


def _decoded(cursor: str) -> object:
    if len(cursor) > _MAX_LENGTH:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        decoded: object = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError):
        return None
    return decoded
