"""If-Match as RFC 9110 writes it: `*`, or a list of entity tags of which one must be ours."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from graph.errors import Detail, InputError

_ONE: Final = r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"'
_TAG: Final = re.compile(_ONE)
# Empty members between commas are allowed (RFC 9110, 5.6.1).
_LIST: Final = re.compile(rf"(?:{_ONE}[ \t]*)?(?:,[ \t]*(?:{_ONE}[ \t]*)?)*")
_BARE: Final = re.compile(r"[0-9A-Za-z]+")
_POINTER: Final = "/headers/If-Match"


@dataclass(frozen=True)
class Precondition:
    """What the caller saw; `tags` None stands for `*`, which any stored state meets."""

    tags: frozenset[str] | None

    def met_by(self, *present: str) -> bool:
        """Tell whether one of the present tags is among those that the caller saw."""
        return self.tags is None or not self.tags.isdisjoint(present)


def read_if_match(lines: Sequence[str]) -> Precondition:
    """Read the header's lines, which make one list.

    A weak tag (`W/"..."`) meets nothing: comparison is strong (RFC 9110, 13.1.1). One word without
    quotes is taken as a tag.

    Raises: InputError where the header is missing or is no list of entity tags.
    """
    text = ",".join(lines).strip()
    if not text:
        raise _fault("is missing; send the ETag of the incident")
    if text == "*":
        return Precondition(None)
    if _BARE.fullmatch(text):
        return Precondition(frozenset({text}))
    if not _LIST.fullmatch(text) or not (found := _TAG.findall(text)):
        raise _fault('must be "*" or a list of quoted ETags')
    return Precondition(frozenset(tag for weak, tag in found if not weak))


def _fault(detail: str) -> InputError:
    return InputError(f"If-Match {detail}", [Detail(_POINTER, detail)])
