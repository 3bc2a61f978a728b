"""A document -> an SOP ready to be a draft, with a report; or a report that says what is wrong.

Nothing is taken in by halves: a document with one error gives no SOP.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Final, Literal

from graph.errors import InputError
from graph.model.base import Id, Text
from graph.model.document import DocumentCommand, DocumentFinding
from graph.model.knowledge import Sop, SopSection, SopSectionName, SopStep
from graph.model.topology import Visibility
from ingest.documents.blocks import Note, Reading
from ingest.documents.commands import commands_in
from ingest.documents.outline import Outline, Step, outline
from ingest.documents.screening import screened
from ingest.documents.wording import Gravity, gravity_of, say
from ingest.library_files import library_id
from ingest.pack_files import LocalId, Shape, Words
from ingest.sops import AppliesTo
from ingest.yaml_source import parse_yaml

Lang = Literal["zh", "en"]
_HAN: Final = re.compile(r"[\u3400-\u9fff]")
_LANGUAGE_ENDING: Final = re.compile(r"[._-](zh|en)(?:[-_](?:cn|us|gb|hans))?$", re.I)
_HARMFUL_SCHEMES: Final = {"javascript", "vbscript", "data", "file", "blob"}
_OPENED_SCHEMES: Final = {"http", "https", "mailto", "tel"}
_REVISION: Final = "0"  # of the SOP itself; the version that holds it has the number


class DocumentFront(Shape):
    """The front matter of a document: all of it may be left out."""

    id: LocalId | None = None
    title: Words | None = None
    lang: Lang | None = None
    applies_to: AppliesTo = AppliesTo()
    risk: Literal["low", "medium", "high"] = "medium"
    revision: Words | None = None
    site: Id | None = None
    visibility: Visibility = Visibility.ALL


@dataclass(frozen=True)
class TakenDocument:
    """One file's report; `sop` is None where it was refused."""

    file: str
    findings: tuple[DocumentFinding, ...]
    file_sha256: str
    sop: Sop | None = None
    commands: tuple[DocumentCommand, ...] = ()


@dataclass(frozen=True)
class _Cut:
    """One language of a document, cut up."""

    file: str
    lang: Lang
    front: DocumentFront
    outline: Outline
    unit: str
    title: str


Read = Callable[[str, bytes], Reading]


def take_in(
    files: Sequence[tuple[str, bytes]],
    *,
    pack_id: str,
    read: Read,
    known: Mapping[str, frozenset[str]] | None = None,
) -> tuple[TakenDocument, ...]:
    """Take documents in, a report each, in the order given.

    `NAME.zh.EXT` and `NAME.en.EXT` are one SOP in two languages, reported with the first of them.
    `read` gives a document's blocks (`apart.read_apart`). `known` ids by field of `applies_to`
    (kinds, fault_modes, alerts, components) check references; None checks none.
    """
    pairs: dict[str, list[tuple[str, bytes]]] = {}
    for name, raw in files:
        stem = PurePath(name).stem
        key = _LANGUAGE_ENDING.sub("", stem) if _LANGUAGE_ENDING.search(stem) else f"{name}\n"
        pairs.setdefault(key, []).append((name, raw))
    return tuple(
        _take(group, pack_id=pack_id, read=read, known=known or {})
        for pair in pairs.values()
        for group in ([pair] if len(pair) == 2 else [[one] for one in pair])
    )


def _take(
    group: Sequence[tuple[str, bytes]],
    *,
    pack_id: str,
    read: Read,
    known: Mapping[str, frozenset[str]],
) -> TakenDocument:
    name = " + ".join(file for file, _ in group)
    digest = hashlib.sha256(b"".join(hashlib.sha256(raw).digest() for _, raw in group)).hexdigest()
    findings: list[DocumentFinding] = []
    cuts: list[_Cut] = []
    for file, raw in group:
        reading = read(file, raw)
        cut = _cut_up(file, reading, findings, named=len(group) > 1)
        if cut is not None:
            cuts.append(cut)
            findings += _checked(cut, known, named=len(group) > 1)
    if len(cuts) == len(group):
        findings += _compared(cuts)
    findings.sort(key=lambda finding: tuple(Gravity).index(Gravity(finding.gravity)))
    if any(Gravity(finding.gravity) is Gravity.ERROR for finding in findings):
        return TakenDocument(name, tuple(findings), digest)
    sop = _sop(cuts, pack_id)
    commands = commands_in(cuts[0].outline.spans())
    return TakenDocument(name, tuple(findings), digest, sop, commands)


def finding_of(code: str, seen: str = "") -> DocumentFinding:
    """Write a finding that has no place in a file."""
    return _found(Note(code, 0, seen), "", "")


def _found(note: Note, unit: str, file: str) -> DocumentFinding:
    text = say(note, unit)
    if file:
        text = Text(zh=f"{file}：{text.zh}", en=f"{file}: {text.en}")
    return DocumentFinding(code=note.code, gravity=gravity_of(note).value, text=text)


def _cut_up(
    file: str, reading: Reading, findings: list[DocumentFinding], *, named: bool
) -> _Cut | None:
    shown = file if named else ""
    if reading.refused is not None:
        findings.append(_found(reading.refused, _unit_of(reading), shown))
        return None
    findings += (_found(note, reading.unit, shown) for note in reading.notes)
    try:
        front = _front(reading.front, file)
    except InputError as error:
        note = Note("front_matter", 0, str(error).replace(f"{file}:", "line ", 1))
        findings.append(_found(note, reading.unit, shown))
        return None
    cut = outline(reading.blocks)
    title, notes = _title_of(front.title or "", cut.title, reading.title, PurePath(file).stem)
    findings += (_found(note, reading.unit, shown) for note in notes)
    lang = front.lang or _lang_of(file, cut)
    return _Cut(file, lang, front, cut, reading.unit, title)


def _title_of(*told: str) -> tuple[str, list[Note]]:
    """Give the first title that says something once nothing hides in it, and what was noticed."""
    for title in told:
        clean, notes = screened(title, 0)
        if clean.strip():
            return clean.strip()[:300], notes
    return "SOP", []


def _unit_of(reading: Reading) -> str:
    """Say what the place of a refusal counts: of a text file its lines."""
    return "line" if reading.unit == "file" else reading.unit


def _front(text: str, file: str) -> DocumentFront:
    if not text.strip():
        return DocumentFront()
    return parse_yaml(text, file, first_line=2).parse(DocumentFront)


def _lang_of(file: str, cut: Outline) -> Lang:
    if named := _LANGUAGE_ENDING.search(PurePath(file).stem):
        return "zh" if named[1].lower() == "zh" else "en"
    text = "".join(step.text for steps in cut.sections.values() for step in steps)
    letters = sum(1 for character in text if character.isalpha())
    return "zh" if len(_HAN.findall(text)) * 5 >= max(letters, 1) else "en"


def _checked(
    cut: _Cut, known: Mapping[str, frozenset[str]], *, named: bool
) -> Iterator[DocumentFinding]:
    notes = [*cut.outline.notes, *_link_notes(cut.outline.links)]
    notes += _section_notes(cut)
    for field, ids in known.items():
        given: tuple[str, ...] = getattr(cut.front.applies_to, field)
        notes += (Note("bad_reference", 0, f"{field}: {one}") for one in given if one not in ids)
    yield from (_found(note, cut.unit, cut.file if named else "") for note in dict.fromkeys(notes))


def _link_notes(links: Iterable[tuple[int, str]]) -> Iterator[Note]:
    for place, link in links:
        scheme = re.match(r"\s*([a-z][a-z0-9+.\-]*):", link, re.I)
        name = None if scheme is None else scheme[1].lower()
        if name in _HARMFUL_SCHEMES:
            yield Note("bad_link", place, link[:120])
        elif name not in _OPENED_SCHEMES and not link.startswith("#"):
            yield Note("dead_link", place, link[:120])


def _section_notes(cut: _Cut) -> Iterator[Note]:
    held = set(cut.outline.sections)
    if held == {SopSectionName.REMEDIATION}:
        yield Note("no_sections")
    wanted = (SopSectionName.REMEDIATION, SopSectionName.VERIFICATION, SopSectionName.ROLLBACK)
    if len(held) > 1:
        yield from (Note("missing_section", 0, name.value) for name in wanted if name not in held)


def _compared(cuts: Sequence[_Cut]) -> Iterator[DocumentFinding]:
    if len(cuts) == 1:
        yield _found(Note("one_language"), "", "")
        return
    first, second = ({n: len(s) for n, s in cut.outline.sections.items()} for cut in cuts)
    for name in SopSectionName:
        if first.get(name, 0) != second.get(name, 0):
            seen = f"{name.value}: {first.get(name, 0)} / {second.get(name, 0)}"
            yield _found(Note("twins_differ", 0, seen), "", "")
    if cuts[0].lang == cuts[1].lang:
        yield _found(Note("twins_differ", 0, f"{cuts[0].lang} / {cuts[1].lang}"), "", "")


def _sop(cuts: Sequence[_Cut], pack_id: str) -> Sop:
    by_lang = {cut.lang: cut for cut in cuts}
    zh, en = by_lang.get("zh", cuts[0]), by_lang.get("en", cuts[0])
    front = cuts[0].front
    applies = front.applies_to
    return Sop(
        id=f"{pack_id}:{front.id or _slug(cuts[0].file)}",
        title=Text(zh=zh.title, en=en.title),
        kinds=tuple(sorted(applies.kinds)),
        fault_mode_ids=tuple(sorted(map(library_id, applies.fault_modes))),
        alertnames=tuple(sorted(applies.alerts)),
        component_ids=tuple(sorted(f"{pack_id}:{name}" for name in applies.components)),
        risk=front.risk,
        revision=front.revision or _REVISION,
        sections=tuple(
            SopSection(name=name, steps=tuple(_steps(zh.outline.sections[name], en, name)))
            for name in zh.outline.sections
        ),
        site=front.site,
        visibility=front.visibility,
    )


def _steps(zh: Sequence[Step], en: _Cut, name: SopSectionName) -> Iterator[SopStep]:
    for number, (chinese, english) in enumerate(zip(zh, en.outline.sections[name], strict=True), 1):
        yield SopStep(number=number, text=Text(zh=chinese.text, en=english.text))


def _slug(file: str) -> str:
    """Make an id of a file's name.

    >>> _slug("Redis Failover.zh.md"), len(_slug("连接池.docx"))
    ('redis-failover', 16)
    """
    stem = _LANGUAGE_ENDING.sub("", PurePath(file).stem)
    slug = re.sub(r"[^a-z0-9_.]+", "-", stem.lower()).strip("-.")[:100]
    whole = slug if slug and stem.isascii() else f"{slug[:80]}-" if slug else "doc-"
    return (
        whole if stem.isascii() and slug else whole + hashlib.sha256(stem.encode()).hexdigest()[:12]
    )
