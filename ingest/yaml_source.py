"""YAML text -> values that remember their lines, so that every error can name FILE:LINE: key.

Scalars follow the YAML 1.2 core schema: `19:00`, `yes` and dates stay text (YAML 1.1 reads the
first as 1140). Anchors work, but what they expand to is counted: a small file stays small.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

import yaml
from pydantic import BaseModel, JsonValue, ValidationError

from graph.errors import Detail, InputError, TooLargeError

BYTES_AT_MOST: Final = 8 * 1024 * 1024
NODES_AT_MOST: Final = 400_000
DEPTH_AT_MOST: Final = 40
ERRORS_SHOWN: Final = 20

_INT: Final = re.compile(r"[-+]?[0-9]{1,18}")
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS: Final[Mapping[str, bool | None]] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip

Scalar = str | int | float | bool | None
Loc = Sequence[str | int]
M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True)
class Node:
    """A YAML value and the 1-based line on which it starts; `size` counts it and all below."""

    value: Scalar | tuple[Node, ...] | dict[str, Node]
    line: int
    size: int

    def plain(self) -> JsonValue:
        """Return the value without lines."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, tuple):
            return [node.plain() for node in self.value]
        return self.value


def fault(name: str, line: int, key: str, what: str) -> InputError:
    """Build the one form of a pack error: `FILE:LINE: key: what`."""
    place = f"{name}:{line}: {key}" if key else f"{name}:{line}"
    return InputError(f"{place}: {what}", [Detail(place, what)])


def key_of(loc: Loc) -> str:
    """Write a place as `relations[3].to`.

    >>> key_of(["relations", 3, "to"])
    'relations[3].to'
    """
    text = ""
    for part in loc:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


@dataclass(frozen=True)
class SourceFile:
    """A read file: its name as errors show it, and its tree."""

    name: str
    root: Node

    def place(self, loc: Loc) -> tuple[int, str]:
        """Return line and key of the deepest part of `loc` that stands in the file."""
        node, known = self.root, list[str | int]()
        for part in loc:
            below = _below(node, part)
            if below is None:
                if isinstance(part, str) and isinstance(node.value, dict):
                    known.append(part)  # a missing key is named on its parent's line
                break
            node = below
            known.append(part)
        return node.line, key_of(known)

    def fault(self, loc: Loc, what: str) -> InputError:
        """Build the error that names `loc` of this file."""
        return fault(self.name, *self.place(loc), what)

    def parse(self, shape: type[M]) -> M:
        """Check the whole file against a closed shape; every faulty place is named at once."""
        try:
            return shape.model_validate_json(json.dumps(self.root.plain()), strict=True)
        except ValidationError as error:
            raise self._faults(error) from None

    def _faults(self, error: ValidationError) -> InputError:
        details = dict[Detail, None]()
        for item in error.errors(include_url=False, include_context=False):
            line, key = self.place(item["loc"])
            details[Detail(f"{self.name}:{line}: {key}", _said(item["msg"], item["input"]))] = None
        first = next(iter(details))
        more = f" (and {len(details) - 1} more)" if len(details) > 1 else ""
        message = f"{first.pointer}: {first.detail}{more}"
        return InputError(message, list(details)[:ERRORS_SHOWN])


def _said(message: str, value: object) -> str:
    simple = isinstance(value, str | int | float | bool)
    return f"{message}, is {value!r}" if simple and len(repr(value)) <= 80 else message


def _below(node: Node, part: str | int) -> Node | None:
    if isinstance(node.value, dict) and isinstance(part, str):
        return node.value.get(part)
    if isinstance(node.value, tuple) and isinstance(part, int) and part < len(node.value):
        return node.value[part]
    return None


def read_text(path: Path) -> str:
    """Read a UTF-8 file (a byte order mark is dropped), at most 8 MiB.

    Raises: InputError naming the file, and the line of a byte that is not UTF-8.
    """
    try:
        if path.exists() and not path.is_file():
            raise InputError(f"{path}: is no plain file; put a file there")
        if path.stat().st_size > BYTES_AT_MOST:
            raise TooLargeError(f"{path}: over {BYTES_AT_MOST} bytes; split the pack")
        raw = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); is it there?") from None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        what = f"byte 0x{raw[error.start]:02x} is not UTF-8; save the file as UTF-8"
        raise fault(str(path), line, "", what) from None


def read_yaml(path: Path) -> SourceFile:
    """Read one YAML document from a file; see `parse_yaml`."""
    return parse_yaml(read_text(path), str(path))


def parse_yaml(text: str, name: str, *, first_line: int = 1) -> SourceFile:
    """Read one YAML document whose root is a mapping.

    Args:
        text: the document.
        name: the file as errors show it.
        first_line: the line of the file on which `text` begins.

    Raises: InputError on broken YAML, an empty file, a second document, a repeated key, an unknown
        anchor, a tag, or more than 400,000 values or 40 levels after anchors are expanded.
    """
    try:
        root = _Builder(name, first_line).build(yaml.parse(text, Loader=yaml.CSafeLoader))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = first_line + (mark.line if mark is not None else 0)
        what = f"broken YAML ({getattr(error, 'problem', None) or 'unreadable'})"
        raise fault(name, line, "", what) from None
    if root is None or root.value is None:
        raise fault(name, first_line, "", "the file is empty")
    if not isinstance(root.value, dict):
        raise fault(name, root.line, "", "the file must be a mapping of keys")
    return SourceFile(name, root)


@dataclass
class _Open:
    """A collection whose end has not come yet."""

    line: int
    mapping: bool
    anchor: str | None
    items: list[Node]
    key: str | None = None


class _Builder:
    """Builds the tree from parser events, without recursion, counting as it goes."""

    def __init__(self, name: str, first_line: int) -> None:
        self._name = name
        self._first = first_line
        self._anchors = dict[str, Node]()
        self._open = list[_Open]()
        self._keys = list[dict[str, Node]]()
        self._root: Node | None = None

    def build(self, events: Iterator[yaml.Event]) -> Node | None:
        for event in events:
            line = _line(event) + self._first
            if isinstance(event, yaml.ScalarEvent):
                self._add(Node(self._scalar(event, line), line, 1), event.anchor)
            elif isinstance(event, yaml.AliasEvent):
                self._add(self._anchored(event.anchor, line), None)
            elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
                self._start(event, line)
            elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
                self._end()
        return self._root

    def _fault(self, line: int, what: str) -> InputError:
        key = self._open[-1].key if self._open else None
        return fault(self._name, line, key or "", what)

    def _scalar(self, event: yaml.ScalarEvent, line: int) -> Scalar:
        if event.tag is not None:
            raise self._fault(line, f"tags are not allowed, found {event.tag!r}")
        text = str(event.value)
        return _resolve(text) if event.implicit[0] else text

    def _anchored(self, anchor: str | None, line: int) -> Node:
        if anchor is None or anchor not in self._anchors:
            raise self._fault(line, f"unknown anchor {anchor!r}; define it before its first use")
        return self._anchors[anchor]

    def _start(self, event: yaml.CollectionStartEvent, line: int) -> None:
        if event.tag is not None:
            raise self._fault(line, f"tags are not allowed, found {event.tag!r}")
        if len(self._open) >= DEPTH_AT_MOST:
            raise self._fault(line, f"more than {DEPTH_AT_MOST} levels deep")
        mapping = isinstance(event, yaml.MappingStartEvent)
        if mapping and self._open and self._open[-1].mapping and self._open[-1].key is None:
            raise self._fault(line, "a key must be a plain word")
        self._open.append(_Open(line, mapping, event.anchor, []))
        self._keys.append({})

    def _end(self) -> None:
        done, keys = self._open.pop(), self._keys.pop()
        size = 1 + sum(node.size for node in (keys.values() if done.mapping else done.items))
        if size > NODES_AT_MOST:
            raise self._fault(done.line, f"more than {NODES_AT_MOST} values; are anchors nested?")
        value = keys if done.mapping else tuple(done.items)
        self._add(Node(value, done.line, size), done.anchor)

    def _add(self, node: Node, anchor: str | None) -> None:
        if anchor is not None:
            self._anchors[anchor] = node
        if not self._open:
            if self._root is not None:
                raise self._fault(node.line, "more than one document in the file")
            self._root = node
        elif not self._open[-1].mapping:
            self._open[-1].items.append(node)
        else:
            self._pair(self._open[-1], self._keys[-1], node)

    def _pair(self, mapping: _Open, keys: dict[str, Node], node: Node) -> None:
        if mapping.key is not None:
            keys[mapping.key] = node
            mapping.key = None
            return
        if isinstance(node.value, dict | tuple) or node.value is None:
            raise self._fault(node.line, "a key must be a plain word")
        key = str(node.value)
        if key in keys:
            raise fault(self._name, node.line, key, f"key twice, first on line {keys[key].line}")
        mapping.key = key


def _line(event: yaml.Event) -> int:
    return event.start_mark.line if event.start_mark is not None else 0


def _resolve(text: str) -> Scalar:
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    return text
