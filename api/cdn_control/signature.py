"""The receiving half of Standard Webhooks 1.0.0: whom a request is from, and that it is fresh.

Where a request has no body, its method and path are signed instead: `GET /nodes/a`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Final

from graph.errors import UnauthenticatedError

# Source: the specification leaves the span to the receiver; its libraries take five minutes.
TOLERANCE_S: Final = 300


def signature_of(secret: bytes, content: bytes, *, message_id: str, timestamp: str) -> str:
    """Write the signature of a message, `v1,BASE64`."""
    signed = f"{message_id}.{timestamp}.".encode() + content
    digest = hmac.new(secret, signed, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode("ascii")


def check_signature(
    secret: bytes, headers: Mapping[str, str], content: bytes, *, now_s: float
) -> None:
    """Return if `content` was signed with `secret` within five minutes of `now_s` (since 1970).

    `headers` have names in lower case.

    Raises: UnauthenticatedError, for every fault alike.
    """
    message_id = headers.get("webhook-id") or ""
    timestamp = headers.get("webhook-timestamp") or ""
    given = (headers.get("webhook-signature") or "").split(" ")
    expected = signature_of(secret, content, message_id=message_id, timestamp=timestamp).encode()
    matches = [hmac.compare_digest(expected, each.encode()) for each in given]
    if not (any(matches) and "." not in message_id and _is_fresh(timestamp, now_s)):
        raise UnauthenticatedError("the signature is wrong, or not of the last five minutes")


def _is_fresh(timestamp: str, now_s: float) -> bool:
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 15):
        return False
    return abs(now_s - int(timestamp)) <= TOLERANCE_S
