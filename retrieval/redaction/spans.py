"""A place in a text that names or opens something, and what kind of thing that is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import NamedTuple


class TakenKind(StrEnum):
    """What was taken out; a higher place wins where two overlap."""

    SECRET = "secret"  # pragma: allowlist secret
    ID_NUMBER = "id_number"
    EMAIL = "email"
    RECORD_NUMBER = "record_number"
    PHONE = "phone"
    ADDRESS = "address"
    NAME = "name"
    NUMBER = "number"


class Span(NamedTuple):
    """Characters [start, end) of a text, and why they go."""

    start: int
    end: int
    kind: TakenKind


def spans_of(
    pattern: re.Pattern[str], text: str, kind: TakenKind, *, group: str | int = 0
) -> Iterator[Span]:
    """Yield every match of a pattern, or of one of its groups, in reading order."""
    for found in pattern.finditer(text):
        if found[group]:
            yield Span(found.start(group), found.end(group), kind)


def disjoint(spans: Iterable[Span]) -> list[Span]:
    """Join what overlaps, in reading order; of joined kinds the highest stays."""
    order = {kind: place for place, kind in enumerate(TakenKind)}
    joined: list[Span] = []
    for span in sorted(spans):
        if joined and span.start < joined[-1].end:
            last = joined[-1]
            kind = min(last.kind, span.kind, key=order.__getitem__)
            joined[-1] = Span(last.start, max(last.end, span.end), kind)
        else:
            joined.append(span)
    return joined
