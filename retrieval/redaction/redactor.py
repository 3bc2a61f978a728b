"""Take out of texts what names a person or opens a door, and say what was taken.

The rule of safety: what is in doubt goes. A number of eight figures without a name, a string
that no mouth could say and any address of a machine are taken though they may be harmless; ordinary
words stay. Texts are read folded (NFKC), without hidden characters and with line ends as spaces,
and leave so: what splits a number for the eye does not split it here.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from graph.hidden_text import without_hidden
from retrieval.redaction.addresses import INTERNAL, find_addresses
from retrieval.redaction.keys import find_keys
from retrieval.redaction.names import find_announced, find_known
from retrieval.redaction.numbers import find_numbers
from retrieval.redaction.own_names import find_own_names
from retrieval.redaction.spans import Span, TakenKind, disjoint

_OF_PEOPLE: Final = frozenset({TakenKind.ID_NUMBER, TakenKind.PHONE, TakenKind.RECORD_NUMBER})
_DASHES: Final = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"), "-")
_SPACES: Final = re.compile(r"\s+")
# A Chinese keyboard writes the dots of an address so.
_ADDRESS: Final = re.compile(r"(?<!\d)\d{1,3}(?:[。.]\d{1,3}){3}(?!\d)")


@dataclass(frozen=True)
class Redacted:
    """Texts as they may leave the house, in the order given, and how many of each kind went."""

    texts: tuple[str, ...]
    taken: tuple[tuple[TakenKind, int], ...]

    @property
    def total(self) -> int:
        """Count everything that was taken out."""
        return sum(count for _, count in self.taken)


class Redactor:
    """Knows the people and the hosts of one house; its answers depend on nothing else."""

    def __init__(self, *, names: Iterable[str] = (), hosts: Iterable[str] = ()) -> None:
        """Take `names` (users, owners) and machines whose names end like one of `hosts` as ours."""
        self._names: Final = frozenset(name for name in names if name.strip())
        self._hosts: Final = (*INTERNAL, *sorted(hosts))

    def redact(self, texts: Sequence[str]) -> Redacted:
        """Redact texts of one request; who is named with a label in one goes from all of them.

        Each thing becomes its kind in square brackets, `[PHONE]`.
        """
        readable = [_SPACES.sub(" ", unfolded(text)).strip() for text in texts]
        people = self._names | {name for text in readable for name in _announced(text)}
        counts: Counter[TakenKind] = Counter()
        clean = []
        for text in readable:
            spans = disjoint(self._found(text, people))
            counts.update(span.kind for span in spans)
            clean.append(_without(text, spans))
        taken = tuple((kind, counts[kind]) for kind in TakenKind if counts[kind])
        return Redacted(tuple(clean), taken)

    def _found(self, text: str, people: Iterable[str]) -> Iterable[Span]:
        yield from find_keys(text)
        yield from find_addresses(text, self._hosts)
        yield from find_numbers(text)
        yield from _told_names(text)
        yield from find_known(text, people)


def unfolded(text: str) -> str:
    """Give a text as it is compared: NFKC, nothing hidden, one kind of dash between figures."""
    plain = without_hidden(unicodedata.normalize("NFKC", text)).translate(_DASHES)
    return _ADDRESS.sub(lambda found: found[0].replace("。", "."), plain)


def impersonal(text: str) -> str:
    """Give a question without numbers of people: no SOP speaks of them, and they are no words.

    >>> impersonal("gateway down, call 415-555-0134")
    'gateway down, call'
    """
    folded = unfolded(text)
    found = (span for span in find_numbers(folded) if span.kind in _OF_PEOPLE)
    pieces, last = [], 0
    for span in disjoint(found):
        pieces.append(folded[last : span.start])
        last = span.end
    return " ".join(" ".join((*pieces, folded[last:])).split())


def _told_names(text: str) -> Iterator[Span]:
    yield from find_announced(text)
    yield from find_own_names(text)


def _announced(text: str) -> set[str]:
    """Name the people announced in a text; one character alone is nobody elsewhere."""
    return {text[span.start : span.end] for span in _told_names(text) if span.end - span.start >= 2}


def _without(text: str, spans: Sequence[Span]) -> str:
    pieces, last = [], 0
    for span in spans:
        pieces += [text[last : span.start], f"[{span.kind.name}]"]
        last = span.end
    return "".join((*pieces, text[last:]))
