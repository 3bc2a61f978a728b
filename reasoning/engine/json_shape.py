"""Read JSON strictly and say where it is wrong: `FILE: nodes[2].prior (n2): must lie in [0,1]`."""

from __future__ import annotations

import codecs
import json
import os
from collections import Counter
from dataclasses import dataclass
from typing import NoReturn

from graph.errors import Detail
from reasoning.engine.problem import ProblemError

MAX_BYTES = 512_000_000
MAX_ID_CHARS = 200
_MOST_DIGITS = 400


@dataclass(slots=True)
class Place:
    """A spot in an input: `source` (FILE or FILE:LINE), a step below another, and the id there.

    Thousands are made for each message that is ever written, so the path is joined only then.
    """

    source: str
    step: str | int = ""
    owner: str = ""
    above: Place | None = None

    @property
    def path(self) -> str:
        """Return the steps from the top, such as `nodes[2].prior`; empty at the top itself."""
        if self.above is None:
            return ""
        before = self.above.path
        if isinstance(self.step, int):
            return f"{before}[{self.step}]"
        return f"{before}.{self.step}" if before else self.step

    def key(self, name: str) -> Place:
        """Return the place of member `name` of this object."""
        return Place(self.source, name, self.owner, self)

    def item(self, index: int) -> Place:
        """Return the place of element `index` of this array."""
        return Place(self.source, index, self.owner, self)

    def of(self, owner: str) -> Place:
        """Return this place with the id of the thing it belongs to."""
        named = owner if owner.isprintable() else repr(owner)
        return Place(self.source, self.step, named, self.above)

    def fail(self, detail: str) -> NoReturn:
        """Raise the ProblemError that names this place in one line."""
        owner = f" ({self.owner})" if self.owner else ""
        path = self.path
        pointer = f"{self.source}: {path}{owner}" if path else self.source
        raise ProblemError(f"{pointer}: {detail}", (Detail(pointer, detail),))


def read_bytes(path: str) -> bytes:
    """Read a whole file of at most 512 MB.

    Raises: ProblemError if it is larger or cannot be read.
    """
    try:
        size = os.stat(path).st_size
        if size > MAX_BYTES:
            Place(path).fail(f"must be at most 512 MB, is {size} bytes; split it")
        with open(path, "rb") as file:
            raw = file.read(MAX_BYTES + 1)  # a pipe or a device does not tell its size beforehand
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        Place(path).fail(f"cannot be read: {reason}; give the path of a readable file")
    if len(raw) > MAX_BYTES:
        Place(path).fail("must be at most 512 MB, is more; split it")
    return raw


class _Repeating(dict[str, object]):
    """An object that names a key twice; `members` refuses it, for it knows the place."""

    repeated = ""


def decode(raw: bytes, place: Place) -> object:
    """Decode UTF-8 JSON; NaN, Infinity and repeated keys are left to whoever knows their place.

    They come as numbers that lie in no range and as objects that `members` refuses.
    Raises: ProblemError naming the position of the first fault.
    """
    if raw.startswith(codecs.BOM_UTF8):
        place.fail("begins with a byte order mark; save it as UTF-8 without one")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        place.fail(f"is not UTF-8 at byte {error.start}; save it as UTF-8")
    if not text.strip():
        place.fail("is empty; write a JSON document")
    try:
        return json.loads(text, object_pairs_hook=_object, parse_int=_whole_number)
    except json.JSONDecodeError as error:
        line = f"line {error.lineno} " if error.lineno > 1 else ""
        spot = f"{line}column {error.colno}"
        place.fail(f"broken JSON: {error.msg.removesuffix(' at')} at {spot}")
    except RecursionError:
        place.fail("broken JSON: is nested too deeply")
    except MemoryError:
        place.fail("needs more memory than there is; split it")


def members(
    value: object, place: Place, *, required: tuple[str, ...], optional: tuple[str, ...] = ()
) -> dict[str, object]:
    """Return an object that has every required key and no key beyond the optional ones."""
    if not isinstance(value, dict):
        place.fail(f"must be an object, is {shown(value)}")
    if isinstance(value, _Repeating):
        place.fail(f"repeated key {shown(value.repeated)}; keep one")
    for name in value:
        if name not in required and name not in optional:
            known = ", ".join((*required, *optional))
            place.fail(f"unknown field {shown(name)}; known are {known}")
    for name in required:
        if name not in value:
            place.fail(f"missing field {name!r}")
    return value


def array(value: object, place: Place) -> list[object]:
    """Return a JSON array."""
    if not isinstance(value, list):
        place.fail(f"must be an array, is {shown(value)}")
    return value


def identifier(value: object, place: Place) -> str:
    """Return a non-empty string of at most 200 characters."""
    if not isinstance(value, str):
        place.fail(f"must be a string, is {shown(value)}")
    if not 1 <= len(value) <= MAX_ID_CHARS:
        place.fail(f"must have 1 to {MAX_ID_CHARS} characters, has {len(value)}")
    if not value.isascii() and any("\ud800" <= char <= "\udfff" for char in value):
        place.fail(f"must be valid Unicode, is {shown(value)}")
    return value


def probability(value: object, place: Place) -> float:
    """Return a number in [0,1]; a boolean is not a number."""
    number = _number(value, place)
    if not 0 <= number <= 1:
        place.fail(f"must lie in [0,1], is {shown(value)}")
    return float(number)


def rate(value: object, place: Place) -> float:
    """Return a number strictly between 0 and 1, so that no evidence is impossible."""
    number = _number(value, place)
    if not 0 < number < 1:
        place.fail(f"must lie strictly between 0 and 1, is {shown(value)}")
    return float(number)


def whole(value: object, place: Place, *, low: int, high: int) -> int:
    """Return an integer in low..high; a boolean or 2.0 is not one."""
    if isinstance(value, bool) or not isinstance(value, int):
        place.fail(f"must be a whole number, is {shown(value)}")
    if not low <= value <= high:
        place.fail(f"must lie in {low}..{high}, is {shown(value)}")
    return value


def shown(value: object) -> str:
    """Return a value as one short line of ASCII-safe text for a message."""
    if isinstance(value, str):
        quoted = ascii(value) if not value.isprintable() else repr(value)
        return quoted if len(quoted) <= 80 else f"{quoted[:77]}..."
    if isinstance(value, (list, dict)):
        return "an array" if isinstance(value, list) else "an object"
    if isinstance(value, bool | float) or value is None:
        return json.dumps(value)
    return repr(value) if abs(_as_int(value)) < 10**40 else "a huge number"


def _as_int(value: object) -> int:
    return value if isinstance(value, int) else 0


def _number(value: object, place: Place) -> int | float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        place.fail(f"must be a number, is {shown(value)}")
    return value


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    counts = Counter(name for name, _ in pairs)
    twice = _Repeating(found)
    twice.repeated = next(name for name, _ in pairs if counts[name] > 1)
    return twice


def _whole_number(digits: str) -> int | float:
    """Return an int, or an infinity for what is far too long to be one."""
    return int(digits) if len(digits) <= _MOST_DIGITS else float(digits)
