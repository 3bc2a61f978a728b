"""Past incidents from CSV or JSONL -> cases, with a report of every row; all of a file or nothing.

A row has the fields of a case in `incidents.yaml`. A text is `{zh, en}`, or one text for both; in
CSV its columns are `title_zh` and `title_en`, or `title` alone; several names stand between `;`.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from pydantic import ValidationError

from graph.errors import Detail, InputError
from graph.model.knowledge import PastCase
from ingest.library_files import library_id
from ingest.pack_files import CaseShape

ROWS_AT_MOST: Final = 20_000
_FIELD_CHARS: Final = 100_000
_TEXTS: Final = ("title", "symptoms", "cause", "fix")
_NUMBERS: Final = ("minutes_to_detect", "minutes_to_repair")
_LISTS: Final = ("alertnames", "sop_ids")


@dataclass(frozen=True)
class KnownIds:
    """What rows may name, full ids: components with their kinds, modes with theirs, SOPs."""

    components: Mapping[str, str]
    modes: Mapping[str, str]
    sops: frozenset[str]


def read_cases(name: str, text: str, *, pack_id: str, known: KnownIds) -> tuple[PastCase, ...]:
    """Read a file of past cases, in its order.

    Raises: InputError naming every faulty row as `FILE:LINE: key`; then nothing is read.
    """
    rows = list(_rows(name, text))
    faults: list[Detail] = []
    cases: dict[str, PastCase] = {}
    for line, row in rows:
        try:
            case = _case(row, pack_id)
            faults += _wrong(f"{name}:{line}", case, known)
            if case.id in cases:
                faults.append(Detail(f"{name}:{line}: id", f"{case.id!r} stands twice"))
            cases[case.id] = case
        except ValidationError as error:
            faults += _said(f"{name}:{line}", error)
    if not rows and not faults:
        raise InputError(f"{name}: holds no case; write one a row")
    if faults:
        first = faults[0]
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        raise InputError(f"{first.pointer}: {first.detail}{more}", faults)
    return tuple(cases.values())


def _rows(name: str, text: str) -> Iterator[tuple[int, object]]:
    if name.lower().endswith(".jsonl"):
        yield from _json_rows(name, text)
    elif name.lower().endswith(".csv"):
        yield from _csv_rows(name, text)
    else:
        raise InputError(f"{name}: is neither .csv nor .jsonl; give one of them")


def _json_rows(name: str, text: str) -> Iterator[tuple[int, object]]:
    for line, row in enumerate(text.split("\n"), 1):
        if row.strip():
            _check_count(name, line)
            try:
                yield line, json.loads(row)
            except (ValueError, RecursionError) as error:
                raise InputError(f"{name}:{line}: is no JSON ({error}); one case a line") from None


def _csv_rows(name: str, text: str) -> Iterator[tuple[int, object]]:
    reader = csv.DictReader(io.StringIO(text), strict=True)
    try:
        for row in reader:
            _check_count(name, reader.line_num)
            if None in row:
                raise InputError(f"{name}:{reader.line_num}: has more fields than the first line")
            yield reader.line_num, _unfolded({key: value or "" for key, value in row.items()})
    except csv.Error as error:
        raise InputError(f"{name}:{reader.line_num}: is no CSV ({error}); export again") from None


def _check_count(name: str, line: int) -> None:
    if line > ROWS_AT_MOST:
        raise InputError(f"{name}:{line}: more than {ROWS_AT_MOST} lines; split the file")


def _unfolded(row: Mapping[str, str]) -> dict[str, object]:
    """Make of `title_zh` and `title_en` one text, of `a;b` a list, and leave out what is empty."""
    made: dict[str, object] = {}
    for key, value in row.items():
        field, _, lang = key.strip().rpartition("_")
        if field in _TEXTS and lang in {"zh", "en"}:
            held = made.setdefault(field, {})
            if value.strip() and isinstance(held, dict):
                held[lang] = value.strip()
        elif key.strip() in _LISTS:
            made[key.strip()] = [one.strip() for one in value.split(";") if one.strip()]
        elif value.strip():
            made[key.strip()] = value.strip()
    return made


def _case(row: object, pack_id: str) -> PastCase:
    shape = CaseShape.model_validate(_ready(row) if isinstance(row, dict) else row)
    return PastCase(
        id=f"{pack_id}:{shape.id}",
        component_id=f"{pack_id}:{shape.component_id}",
        fault_mode_id=library_id(shape.fault_mode_id),
        alertnames=tuple(sorted(shape.alertnames)),
        sop_ids=tuple(sorted(f"{pack_id}:{name}" for name in shape.sop_ids)),
        **shape.model_dump(
            exclude={"id", "component_id", "fault_mode_id", "alertnames", "sop_ids", "basis"}
        ),
    )


def _ready(row: Mapping[str, object]) -> dict[str, object]:
    """Say a text of one language in both; the original is shown to either reader."""
    made = dict(row)
    for field in _TEXTS:
        told = made.get(field)
        if isinstance(told, str):
            made[field] = {"zh": told, "en": told}
        elif isinstance(told, dict) and len(told) == 1 and {"zh", "en"} & told.keys():
            (only,) = told.values()
            made[field] = {"zh": only, "en": only}
    return made


def _wrong(place: str, case: PastCase, known: KnownIds) -> Iterator[Detail]:
    kind = known.components.get(case.component_id)
    if kind is None:
        yield Detail(f"{place}: component_id", f"unknown {case.component_id!r}; correct the id")
    if case.fault_mode_id not in known.modes:
        yield Detail(f"{place}: fault_mode_id", f"unknown {case.fault_mode_id!r}; correct the id")
    elif kind is not None and known.modes[case.fault_mode_id] != kind:
        what = f"{case.fault_mode_id!r} is no fault of {case.component_id!r} ({kind})"
        yield Detail(f"{place}: fault_mode_id", what)
    for sop_id in case.sop_ids:
        if sop_id not in known.sops:
            yield Detail(f"{place}: sop_ids", f"unknown {sop_id!r}; correct the id")
    for field in _TEXTS:
        if len(getattr(case, field).zh) > _FIELD_CHARS:
            yield Detail(f"{place}: {field}", f"over {_FIELD_CHARS} characters; shorten it")


def _said(place: str, error: ValidationError) -> Iterator[Detail]:
    for fault in error.errors(include_url=False, include_context=False, include_input=False):
        key = ".".join(str(part) for part in fault["loc"])
        yield Detail(
            f"{place}: {key}" if key else place, fault["msg"].removeprefix("Value error, ")
        )
