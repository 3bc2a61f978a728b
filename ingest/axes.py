"""Axes and placeholders of pack templates: `for: {region: regions, n: 1..3}` -> bindings."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from graph.model.base import Text
from graph.model.topology import Scalar

Field = Scalar | tuple[Scalar, ...]
Row = Mapping[str, Field]
Value = Scalar | Row
Binding = Mapping[str, Value]
Lists = Mapping[str, Sequence[Row]]

SPAN_AT_MOST: Final = 100_000
_RANGE: Final = re.compile(r"(\d{1,9})\.\.(\d{1,9})")
_PLACEHOLDER: Final = re.compile(r"\{([a-z_]+)(?:\.([a-z_]+))?(?::0(\d))?\}")
_BRACE: Final = re.compile(r"[{}]")
_NUMBER: Final = re.compile(r"(\d+)")


class TemplateError(ValueError):
    """A template that cannot be filled; the caller adds file and line."""


def natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """Sort key in which `cdn-7` stands before `cdn-10`.

    >>> sorted(["cdn-10", "cdn-7"], key=natural)
    ['cdn-7', 'cdn-10']
    """
    parts = _NUMBER.split(text)
    return tuple((1, int(part), "") if part.isdigit() else (0, 0, part) for part in parts)


def stable_number(text: str) -> int:
    """Hash a text to 0..2^32-1, equal on every machine; spreads, never secures."""
    return int(hashlib.sha256(text.encode()).hexdigest()[:8], 16)


@dataclass(frozen=True)
class Axes:
    """The axes of one template, with the lists they may name."""

    spec: Mapping[str, str | tuple[Scalar, ...]]
    lists: Lists

    def bindings(self) -> Iterator[Binding]:
        """Yield every combination of the axes (one empty binding without axes).

        An axis is a range `1..8`, a list of plain values, the name of a list, or `axis.field`
        where that field of another axis holds a list.
        """
        return self._walk({}, tuple(sorted(self.spec)))

    def _walk(self, bound: dict[str, Value], left: tuple[str, ...]) -> Iterator[Binding]:
        if not left:
            yield bound
            return
        axis = next((name for name in left if self._ready(name, bound)), None)
        if axis is None:
            raise TemplateError(f"axes {', '.join(left)} wait for each other or for no axis")
        rest = tuple(name for name in left if name != axis)
        for value in self._values(self.spec[axis], bound):
            yield from self._walk({**bound, axis: value}, rest)

    def _ready(self, axis: str, bound: Binding) -> bool:
        spec = self.spec[axis]
        if not isinstance(spec, str) or _RANGE.fullmatch(spec) or "." not in spec:
            return True
        return spec.split(".", 1)[0] in bound

    def _values(
        self, spec: str | tuple[Scalar, ...], bound: Binding
    ) -> Sequence[Value] | range | tuple[Scalar, ...]:
        if not isinstance(spec, str):
            return spec
        if ends := _RANGE.fullmatch(spec):
            return _span(int(ends[1]), int(ends[2]))
        if "." in spec:
            axis, field = spec.split(".", 1)
            return _many(bound[axis], field)
        if spec not in self.lists:
            raise TemplateError(f"unknown list {spec!r}; known: {', '.join(sorted(self.lists))}")
        return self.lists[spec]


def _span(first: int, last: int) -> range:
    if not 0 <= last - first < SPAN_AT_MOST:
        what = f"must rise and hold at most {SPAN_AT_MOST} numbers"
        raise TemplateError(f"range {first}..{last} {what}")
    return range(first, last + 1)


def _many(value: Value, field: str) -> tuple[Scalar, ...]:
    found = value.get(field) if isinstance(value, Mapping) else None
    if not isinstance(found, tuple):
        raise TemplateError(f"field {field!r} of the axis is not a list")
    return found


def fill(template: str, binding: Binding) -> str:
    """Put the bound values into the placeholders of a text.

    >>> fill("cdn-{n:02} of {region.id}", {"n": 7, "region": {"id": "r1"}})
    'cdn-07 of r1'

    Raises: TemplateError on an unknown axis or field, or a stray brace.
    """

    def value_of(match: re.Match[str]) -> str:
        text = _one(match[1], match[2], binding)
        return text.zfill(int(match[3])) if match[3] else text

    if _BRACE.search(_PLACEHOLDER.sub("", template)):
        raise TemplateError(f"stray brace in {template!r}; write {{axis}} or {{axis.field}}")
    return _PLACEHOLDER.sub(value_of, template)


def _one(axis: str, field: str | None, binding: Binding) -> str:
    if axis not in binding:
        raise TemplateError(f"unknown axis {axis!r}; declare it under `for`")
    value: object = binding[axis]
    if field is not None:
        if not isinstance(value, Mapping) or field not in value:
            raise TemplateError(f"axis {axis!r} has no field {field!r}")
        value = value[field]
    if isinstance(value, Mapping | tuple):
        raise TemplateError(f"axis {axis!r} is not one value; name a field, {{{axis}.field}}")
    return str(value)


def fill_text(text: Text, binding: Binding) -> Text:
    """Fill both languages."""
    return Text(zh=fill(text.zh, binding), en=fill(text.en, binding)) if binding else text
