"""Questions about an incident that its diagnosis answers: which one is asked, and about whom.

A question counts only where all of it is one of these forms: what names a problem or a way of
handling is for the SOPs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from reasoning.answer import question_forms


class Topic(StrEnum):
    """What is asked about the incident."""

    STATUS = "status"
    WHY = "why"
    WHY_NOT = "why_not"
    SINCE_WHEN = "since_when"
    NEXT = "next"
    WHO = "who"


@dataclass(frozen=True)
class Asked:
    """A question about the incident; `about` is the component named, empty for what leads."""

    topic: Topic
    about: str = ""


_FORMS: Final = (
    (Topic.STATUS, question_forms.STATUS),
    (Topic.WHY_NOT, question_forms.WHY_NOT),
    (Topic.WHY, question_forms.WHY),
    (Topic.SINCE_WHEN, question_forms.SINCE_WHEN),
    (Topic.NEXT, question_forms.NEXT),
    (Topic.WHO, question_forms.WHO),
)
_PATTERNS: Final = tuple(
    (topic, re.compile("|".join(forms), re.IGNORECASE)) for topic, forms in _FORMS
)
_LEAD: Final = re.compile(r"^(?:请问|麻烦问一下|那么?|and|so|please|hey)[ ,，]*", re.IGNORECASE)
_MARKS: Final = re.compile(r"[\s?？。.!！,，]+$")
_SMALL: Final = re.compile(r"(?:吗|呢|啊|呀|[ ,](?:right now|now|so far|please))$", re.IGNORECASE)
_MOST_CHARS: Final = 120


def read_question(text: str) -> Asked | None:
    """Tell which question about an incident a text is; None where it is none of them.

    >>> read_question("为什么不是 cdn-8？")
    Asked(topic=<Topic.WHY_NOT: 'why_not'>, about='cdn-8')
    >>> read_question("连接池耗尽怎么处理？") is None
    True
    """
    bare = _MARKS.sub("", _LEAD.sub("", " ".join(text.split())))
    if not bare or len(bare) > _MOST_CHARS:
        return None
    return _matched(bare) or _matched(_SMALL.sub("", bare))


def _matched(bare: str) -> Asked | None:
    for topic, pattern in _PATTERNS:
        found = pattern.fullmatch(bare)
        if found:
            named = next((group for group in found.groupdict().values() if group), "")
            return Asked(topic, named.strip(" 「」\"'"))
    return None
