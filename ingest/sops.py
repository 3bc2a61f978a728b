"""SOP folder -> `Sop`: one Chinese and one English Markdown file each, equal step by step.

A file is front matter between two lines `---`, then the seven fixed headings in order, each with
steps numbered from 1. Lines below a step that begin no other belong to it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from graph.errors import InputError
from graph.model.base import Id, Text
from graph.model.knowledge import Sop, SopSection, SopSectionName, SopStep
from graph.model.topology import Visibility
from ingest.library_files import library_id
from ingest.pack_files import LocalId, Shape, Words
from ingest.yaml_source import SourceFile, fault, parse_yaml, read_text

HEADINGS: Final[Mapping[str, Mapping[str, SopSectionName]]] = {
    "zh": dict(
        zip(("现象", "范围", "诊断", "处置", "验证", "回滚", "升级"), SopSectionName, strict=True)
    ),
    "en": {name.value.capitalize(): name for name in SopSectionName},
}
_STEP: Final = re.compile(r"(\d{1,3})\.\s+(\S.*)")
_FENCE: Final = "```"


class AppliesTo(Shape):
    """`applies_to:` of the front matter; components are local ids."""

    kinds: tuple[Id, ...] = ()
    fault_modes: tuple[Words, ...] = ()
    alerts: tuple[Words, ...] = ()
    components: tuple[LocalId, ...] = ()


class FrontMatter(Shape):
    """The front matter; only `title` differs between the languages."""

    id: LocalId
    title: Words
    applies_to: AppliesTo
    risk: Literal["low", "medium", "high"]
    revision: Words
    site: Id | None = None
    visibility: Visibility = Visibility.ALL


@dataclass(frozen=True)
class SopFile:
    """One language of an SOP, as read: front matter, and each section's (line, text) steps."""

    front: FrontMatter
    source: SourceFile
    sections: Mapping[SopSectionName, tuple[tuple[int, str], ...]]


@dataclass(frozen=True)
class ReadSop:
    """An SOP with its Chinese file, so that a wrong reference can still name its line."""

    sop: Sop
    source: SourceFile


def read_sops(folder: Path, *, pack_id: str) -> tuple[ReadSop, ...]:
    """Read every `<id>.zh.md` with its `<id>.en.md`, in id order; no folder, no SOPs.

    Raises: InputError naming file and line: missing twin, wrong heading, step out of number,
        sections or front matter that differ between the languages.
    """
    if not folder.is_dir():
        return ()
    names = {path.name for path in folder.iterdir() if path.name.endswith(".md")}
    ids = sorted({_sop_id(folder / name) for name in names})
    for sop_id in ids:
        for name in (f"{sop_id}.zh.md", f"{sop_id}.en.md"):
            if name not in names:
                raise InputError(f"{folder / name}: missing; an SOP needs both languages")
    return tuple(_read_pair(folder, sop_id, pack_id=pack_id) for sop_id in ids)


def _sop_id(path: Path) -> str:
    parts = path.name.removesuffix(".md").rsplit(".", 1)
    if len(parts) != 2 or parts[1] not in HEADINGS:
        raise InputError(f"{path}: an SOP file is named ID.zh.md or ID.en.md")
    return parts[0]


def _read_pair(folder: Path, sop_id: str, *, pack_id: str) -> ReadSop:
    zh = read_sop_file(folder / f"{sop_id}.zh.md", language="zh")
    en = read_sop_file(folder / f"{sop_id}.en.md", language="en")
    _compare(zh, en)
    if zh.front.id != sop_id:
        raise zh.source.fault(("id",), f"must be the name of the file, {sop_id!r}")
    return ReadSop(_sop(zh, en, pack_id), zh.source)


def read_sop_file(path: Path, *, language: Literal["zh", "en"]) -> SopFile:
    """Read one language of an SOP; InputError names file and line."""
    lines = read_text(path).splitlines()
    if not lines or lines[0].strip() != "---":
        raise fault(str(path), 1, "", "front matter must begin with a line `---`")
    end = next((at for at, line in enumerate(lines[1:], 1) if line.strip() == "---"), None)
    if end is None:
        raise fault(str(path), 1, "", "front matter never ends; close it with a line `---`")
    source = parse_yaml("\n".join(lines[1:end]), str(path), first_line=2)
    reader = _SectionReader(str(path), HEADINGS[language])
    for number, line in enumerate(lines[end + 1 :], end + 2):
        reader.take(number, line.rstrip())
    return SopFile(source.parse(FrontMatter), source, reader.finish(len(lines)))


class _SectionReader:
    """Takes the lines below the front matter, one by one."""

    def __init__(self, name: str, headings: Mapping[str, SopSectionName]) -> None:
        self._name = name
        self._headings = headings
        self._sections = dict[SopSectionName, list[tuple[int, str]]]()
        self._steps: list[tuple[int, str]] | None = None
        self._fenced = False

    def take(self, number: int, line: str) -> None:
        if line.lstrip().startswith(_FENCE):
            self._fenced = not self._fenced
            self._continue(number, line)
        elif self._fenced:
            self._continue(number, line)
        elif line.startswith("#"):
            self._head(number, line)
        elif step := _STEP.fullmatch(line):
            self._step(number, int(step[1]), step[2])
        elif line.strip():
            self._continue(number, line)

    def finish(self, last: int) -> Mapping[SopSectionName, tuple[tuple[int, str], ...]]:
        missing = [word for word, name in self._headings.items() if name not in self._sections]
        if missing:
            raise fault(self._name, last, missing[0], "missing; an SOP has all seven headings")
        for word, name in self._headings.items():
            if not self._sections[name]:
                raise fault(self._name, last, word, "has no step; write at least `1. ...`")
        return {name: tuple(steps) for name, steps in self._sections.items()}

    def _head(self, number: int, line: str) -> None:
        word = line.removeprefix("## ").strip()
        expected = list(self._headings)[len(self._sections) : len(self._sections) + 1]
        if [word] != expected:
            wanted = f"`## {expected[0]}`" if expected else "no further heading"
            raise fault(self._name, number, word, f"expected {wanted} here")
        self._steps = self._sections.setdefault(self._headings[word], [])

    def _step(self, number: int, counted: int, text: str) -> None:
        if self._steps is None:
            raise fault(self._name, number, "", "a step before the first heading")
        if counted != len(self._steps) + 1:
            what = f"step {counted} should be {len(self._steps) + 1}"
            raise fault(self._name, number, "", what)
        self._steps.append((number, text))

    def _continue(self, number: int, line: str) -> None:
        if not self._steps:
            raise fault(self._name, number, "", "text outside a step; write `1. ...`")
        begun, text = self._steps[-1]
        self._steps[-1] = (begun, f"{text}\n{line.removeprefix('   ')}")


def _compare(zh: SopFile, en: SopFile) -> None:
    for field in FrontMatter.model_fields.keys() - {"title"}:
        if getattr(zh.front, field) != getattr(en.front, field):
            raise en.source.fault((field,), f"differs from {zh.source.name}")
    for word, name in HEADINGS["en"].items():
        counts = len(zh.sections[name]), len(en.sections[name])
        if counts[0] != counts[1]:
            line = en.sections[name][-1][0]
            what = f"{counts[1]} steps here, {counts[0]} in {zh.source.name}"
            raise fault(en.source.name, line, word, what)


def _sop(zh: SopFile, en: SopFile, pack_id: str) -> Sop:
    applies = zh.front.applies_to
    return Sop(
        id=f"{pack_id}:{zh.front.id}",
        title=Text(zh=zh.front.title, en=en.front.title),
        kinds=tuple(sorted(applies.kinds)),
        fault_mode_ids=tuple(sorted(map(library_id, applies.fault_modes))),
        alertnames=tuple(sorted(applies.alerts)),
        component_ids=tuple(sorted(f"{pack_id}:{name}" for name in applies.components)),
        risk=zh.front.risk,
        revision=zh.front.revision,
        sections=tuple(_section(name, zh, en) for name in SopSectionName),
        site=zh.front.site,
        visibility=zh.front.visibility,
    )


def _section(name: SopSectionName, zh: SopFile, en: SopFile) -> SopSection:
    pairs = zip(zh.sections[name], en.sections[name], strict=True)
    steps = tuple(
        SopStep(number=number, text=Text(zh=chinese, en=english))
        for number, ((_, chinese), (_, english)) in enumerate(pairs, 1)
    )
    return SopSection(name=name, steps=steps)
