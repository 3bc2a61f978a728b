"""The manifest of an export: what it holds, part by part, and what it was made from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Annotated, Final, Literal

from pydantic import ConfigDict, Field, StringConstraints, ValidationError

from graph.errors import InputError
from graph.model.base import Instant, Model
from graph.model.digest import sha256_hex
from graph.model.moving import RecordKind

FORMAT: Final = "export/v1"
MANIFEST: Final = "manifest.json"
# Where a part ends: at this many lines, or as soon as it has this many bytes.
PART_LINES: Final = 5_000
PART_BYTES: Final = 4 * 1024 * 1024
# No part of ours is larger: one line of a payload has at most 5 MiB in base64.
MAX_PART_BYTES: Final = 64 * 1024 * 1024
_SHORT: Final = 16
# A path of Linux, each byte written as an escape at worst.
_LONGEST_PATH: Final = 4 * 4096
_LONGEST_NAME: Final = 200
_MOST_EPOCHS: Final = 1_000_000_000


Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class Part(Model):
    """One file of lines; its name says its kind, its number and the first 16 hex of `sha256`."""

    name: str
    kind: RecordKind
    lines: int = Field(ge=1)
    bytes: int = Field(ge=1, le=MAX_PART_BYTES)
    sha256: Sha256


class Tally(Model):
    """How many records of a kind there are, and the sha256 over all their lines in order."""

    kind: RecordKind
    count: int = Field(ge=0)
    sha256: Sha256


class Origin(Model):
    """The store that was exported: its data folder, its kind and its epoch."""

    home: str = Field(max_length=_LONGEST_PATH)
    store: str = Field(max_length=_LONGEST_NAME)
    epoch: int = Field(ge=1, le=_MOST_EPOCHS)
    epoch_id: str = Field(max_length=_LONGEST_NAME)


class Manifest(Model):
    """`digest` = sha256 over the RFC 8785 form of every other field."""

    model_config = ConfigDict(populate_by_name=True)

    format: Literal["export/v1"] = Field(default="export/v1", alias="schema")
    schema_version: int = Field(ge=1)
    created_at: Instant
    origin: Origin
    kinds: tuple[Tally, ...]
    parts: tuple[Part, ...]
    digest: str = ""

    def signed(self) -> Manifest:
        """Put the digest in."""
        return self.model_copy(update={"digest": self.computed_digest()})

    def computed_digest(self) -> str:
        """Compute the digest that it should have."""
        return sha256_hex(self.model_dump(mode="json", by_alias=True, exclude={"digest"}))

    def written(self) -> bytes:
        """Write it as its file."""
        value = self.model_dump(mode="json", by_alias=True)
        return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()

    @property
    def count(self) -> int:
        """Count all records."""
        return sum(tally.count for tally in self.kinds)


def part_name(kind: RecordKind, number: int, sha256: str) -> str:
    """Name a part: in file order the order of kinds and numbers, from 1 on."""
    place = list(RecordKind).index(kind) + 1
    return f"{place:02}-{kind}-{number:05}-{sha256[:_SHORT]}.jsonl"


def parse_manifest(content: bytes, place: str) -> Manifest:
    """Read a manifest and check what it says of itself.

    Raises: InputError naming `place`.
    """
    try:
        value = json.loads(content)
        named = value.get("schema") if isinstance(value, dict) else None
        if named != FORMAT:
            raise InputError(
                f"{place}: schema is {named!r}, this Etiograph reads {FORMAT!r}; use the Etiograph "
                "that wrote it"
            )
        manifest = Manifest.model_validate(value)
        intact = manifest.digest == manifest.computed_digest() and content == manifest.written()
    except ValidationError as error:
        fault = error.errors()[0]
        key = ".".join(str(part) for part in fault["loc"])
        raise InputError(f"{place}: {key}: {fault['msg']}; export again") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{place}: is no JSON ({error}); export again") from error
    if not intact:
        raise InputError(f"{place}: is not as it was written (digest differs); export again")
    _check_parts(manifest, place)
    return manifest


def _check_parts(manifest: Manifest, place: str) -> None:
    order = list(RecordKind)
    kinds = [tally.kind for tally in manifest.kinds]
    if kinds != sorted(set(kinds), key=order.index):
        raise InputError(f"{place}: kinds: are not in order, each once; export again")
    if _names(manifest.parts) != [part.name for part in manifest.parts]:
        raise InputError(f"{place}: parts: are not in order, or misnamed; export again")
    for tally in manifest.kinds:
        lines = sum(part.lines for part in manifest.parts if part.kind is tally.kind)
        if lines != tally.count:
            raise InputError(
                f"{place}: kinds: {tally.count} of {tally.kind}, but its parts hold {lines}; "
                "export again"
            )
    if unknown := {part.kind for part in manifest.parts} - set(kinds):
        raise InputError(f"{place}: parts: {min(unknown)} is not among the kinds; export again")


def _names(parts: Iterable[Part]) -> list[str]:
    """Name the parts as they must be named, in the order in which they must stand."""
    order = list(RecordKind)
    numbers: dict[RecordKind, int] = {}
    names: list[str] = []
    for part in sorted(parts, key=lambda p: order.index(p.kind)):
        numbers[part.kind] = numbers.get(part.kind, 0) + 1
        names.append(part_name(part.kind, numbers[part.kind], part.sha256))
    return names


def sha256_of(content: bytes) -> str:
    """Digest bytes."""
    return hashlib.sha256(content).hexdigest()
