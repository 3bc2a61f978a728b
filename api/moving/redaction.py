"""What looks like a credential in a raw payload is left out of an export (safety.md 13, 15)."""

from __future__ import annotations

import re
from typing import Final

_MARK: Final = rb"[redacted]"
_FIELDS: Final = (
    rb"authorization|password|passwd|secret|token|access_token|api_?key|apikey|routing_key"
)
_PATTERNS: Final = (
    # "password": "..." as JSON writes it, escaped quotes included
    (
        re.compile(rb'(?i)("(?:' + _FIELDS + rb')"\s*:\s*)"(?:[^"\\]|\\.)*"'),
        rb'\1"' + _MARK + rb'"',
    ),
    (re.compile(rb"(?i)\b(bearer\s+)[a-z0-9._~+/=-]{8,}"), rb"\1" + _MARK),
    # user:password@ in an address
    (re.compile(rb"(://)[^/\s:@\"]+:[^/\s@\"]+@"), rb"\1" + _MARK + rb"@"),
)


def redacted(body: bytes) -> bytes:
    r"""Mask credentials; doing so twice changes nothing more.

    >>> redacted(b'{"routing_key": "a\\"b", "n": 1}')
    b'{"routing_key": "[redacted]", "n": 1}'
    """
    for pattern, mark in _PATTERNS:
        body = pattern.sub(mark, body)
    return body
