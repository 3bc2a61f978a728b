"""The signature of Standard Webhooks 1.0.0, symmetric: HMAC-SHA256 over `id.timestamp.content`.

Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import hashlib
import hmac


def signature_of(secret: bytes, *, message_id: str, timestamp: int, content: bytes) -> str:
    """Sign a message as `v1,BASE64`; `timestamp` is in whole seconds since 1970.

    `message_id` must hold no `.`, or two messages could share one signed text.

    >>> signature_of(b"k" * 24, message_id="msg_1", timestamp=1614265330, content=b"{}")
    'v1,KrbhoJST6Q+/bu1g6/FBBu+pIEtkrImj8aKkA5+3RXI='
    """
    signed = f"{message_id}.{timestamp}.".encode() + content
    digest = hmac.new(secret, signed, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode("ascii")


def signed_read(path: str) -> bytes:
    """Say what is signed where a request has no body: its method and path, `GET /nodes/a`."""
    return f"GET {path}".encode()
