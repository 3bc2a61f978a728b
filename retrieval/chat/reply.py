"""A model's reply as values; nothing of it is believed yet."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Final

from retrieval.chat.prompt import MOST_STEP_CHARS, MOST_STEPS

_LABEL: Final = re.compile(r"\[?\s*([A-Za-z]{1,3}\d{1,3})\s*\]?")


@dataclass(frozen=True)
class ReplyStep:
    """A step as a model wrote it: free words, labels of sources, and what it says to quote."""

    text: str
    cite: tuple[str, ...]
    quote: str


@dataclass(frozen=True)
class Reply:
    """A reply in the demanded form."""

    steps: tuple[ReplyStep, ...]
    refused: bool


def read_reply(words: str) -> Reply | str:
    """Read a reply; of one that has not the demanded form, say what is wrong in English.

    Marks of code and words around the object are forgiven, a second object is not.
    """
    found = _object(words)
    if found is None:
        return "it is not one JSON object"
    steps, refused = found.get("steps"), found.get("refused", False)
    if not isinstance(steps, list) or not isinstance(refused, bool):
        return '"steps" must be a list and "refused" true or false'
    if len(steps) > MOST_STEPS:
        return f"it has more than {MOST_STEPS} steps"
    read = [_step(step) for step in steps]
    if any(step is None for step in read):
        return 'each step needs "text", "cite" (a list of labels) and "quote", not too long'
    return Reply(tuple(step for step in read if step is not None), refused)


def _object(words: str) -> dict[str, object] | None:
    start, end = words.find("{"), words.rfind("}")
    if start < 0 or end < start:
        return None
    try:
        found = json.loads(words[start : end + 1])
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _step(value: object) -> ReplyStep | None:
    if not isinstance(value, dict):
        return None
    text, quote, cite = value.get("text"), value.get("quote"), value.get("cite")
    labels = [cite] if isinstance(cite, str) else cite
    if not isinstance(text, str) or not isinstance(quote, str) or not isinstance(labels, list):
        return None
    if max(len(text), len(quote)) > MOST_STEP_CHARS or len(labels) > MOST_STEPS:
        return None
    if not all(isinstance(label, str) for label in labels):
        return None
    return ReplyStep(text, tuple(_bare(label) for label in labels), quote)


def _bare(label: str) -> str:
    """Read `[S1]` and `s1` as S1."""
    found = _LABEL.fullmatch(label.strip())
    return found[1].upper() if found else label
