"""Blocks -> sections of numbered steps, so that a citation can name the step.

A heading that names one of the seven sections opens it; another one stays with the section that it
stands in, and its words begin the next step. An item of a numbered list is a step; so is a
paragraph that follows none. Bullets, code and what is indented belong to the step before them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from graph.model.knowledge import SopSectionName
from ingest.documents.blocks import Block, BlockKind, Note
from ingest.documents.commands import Place, bare_commands_in, linted
from ingest.documents.screening import screened

_SAYS_SOMETHING: Final = re.compile(r"\w")
STEP_CHARS_AT_MOST: Final = 4_000
STEPS_AT_MOST: Final = 500

# Tried in this order: what undoes and what proves is named more narrowly than what acts.
_HEADINGS: Final[Mapping[SopSectionName, str]] = {
    SopSectionName.ROLLBACK: r"回滚|回退|撤销|roll(?:ing)?[ -]?back|\bundo|revert|back ?out",
    SopSectionName.VERIFICATION: r"验证|校验|复核|确认恢复|verif|validat|confirm",
    SopSectionName.ESCALATION: (
        r"^升级$|升级(?:路径|联系|上报|处理|流程)|上报|联系|求助|escalat|contacts?\b|who to call"
    ),
    SopSectionName.SYMPTOMS: r"现象|症状|表现|故障描述|告警|symptom|signs?\b|what you see|meaning",
    SopSectionName.DIAGNOSIS: (
        r"诊断|排查|定位|检查|分析|原因|diagnos|investigat|troubleshoot|triage|checks?\b|debug|cause"
    ),
    SopSectionName.SCOPE: (
        r"范围|影响|适用|背景|概述|前提|准备"
        r"|scope|impact|overview|background|summary|when to use|prerequisite"
    ),
    SopSectionName.REMEDIATION: (
        r"处置|处理|解决|修复|恢复|缓解|步骤|操作"
        r"|remediat|mitigat|resol|\bfix|recover|repair|actions?\b|procedure|steps?\b|how to"
    ),
}


@dataclass(frozen=True)
class Step:
    """A step with what stood in code marks in it, and where it begins in the document."""

    text: str
    spans: tuple[str, ...]
    place: int


@dataclass(frozen=True)
class Outline:
    """A document cut up: its title ("" for none), each section's steps, and what was noticed."""

    title: str
    sections: Mapping[SopSectionName, tuple[Step, ...]]
    notes: tuple[Note, ...]
    links: tuple[tuple[int, str], ...]

    def spans(self) -> Iterable[tuple[Place, str]]:
        """Yield what stands in code marks, with its step, in the order of the sections."""
        for name, steps in self.sections.items():
            for number, step in enumerate(steps, 1):
                yield from ((Place(name, number), span) for span in step.spans)


@dataclass
class _Begun:
    """A step while its lines come in."""

    place: int
    lines: list[str] = field(default_factory=list)
    spans: list[str] = field(default_factory=list)


def outline(blocks: Iterable[Block]) -> Outline:
    """Cut a document into sections and steps; everything that a reader would not see is out."""
    walk = _Walk()
    for block in blocks:
        walk.take(block)
    return walk.finish()


class _Walk:
    """Takes the blocks in their order."""

    def __init__(self) -> None:
        self._title = ""
        self._sections: dict[SopSectionName, list[_Begun]] = {}
        self._now: SopSectionName | None = None
        self._opened_at = 0  # the level of the heading that opened the section
        self._prefix: list[tuple[int, str]] = []
        self._begun: _Begun | None = None
        self._in_list = False
        self._notes: list[Note] = []
        self._links: list[tuple[int, str]] = []

    def take(self, block: Block) -> None:
        text = self._clean(block.text, block.place)
        self._links += ((block.place, link) for link in block.links)
        if not text.strip():
            return
        if block.kind is BlockKind.HEADING:
            self._head(text, block)
        elif block.kind is BlockKind.CODE:
            self._code(text, block)
        elif block.kind is BlockKind.ITEM:
            self._begin(text, block)
            self._in_list = True
        elif self._belongs(block):
            self._go_on(f"- {text}" if block.kind is BlockKind.BULLET else text, block)
        else:
            self._begin(text, block)

    def finish(self) -> Outline:
        if self._prefix:  # a heading with nothing below it is still said
            self._begin("", Block(BlockKind.TEXT, "", self._prefix[0][0]))
        sections = {
            name: tuple(
                Step("\n".join(begun.lines), tuple(begun.spans), begun.place)
                for begun in self._sections[name]
            )
            for name in SopSectionName
            if self._sections.get(name)
        }
        return Outline(self._title, sections, tuple(self._all_notes(sections)), tuple(self._links))

    def _clean(self, text: str, place: int) -> str:
        clean, notes = screened(text, place)
        self._notes += notes
        return clean.strip("\n").strip() if "\n" not in clean else clean.strip("\n")

    def _head(self, text: str, block: Block) -> None:
        self._begun, self._in_list = None, False
        text = text.strip()
        named = _section_of(text)
        if not self._title and not self._sections and block.level == 1 and not self._prefix:
            self._title = text
        elif named is not None and (self._now is None or block.level <= self._opened_at + 1):
            self._now, self._opened_at, self._prefix = named, block.level, []
        elif text:
            if block.level <= self._opened_at:
                self._now, self._opened_at = None, 0
            self._prefix.append((block.place, text))

    def _belongs(self, block: Block) -> bool:
        if self._begun is None:
            return False
        return block.kind is BlockKind.BULLET or (self._in_list and block.level > 1)

    def _code(self, text: str, block: Block) -> None:
        runs = map(len, re.findall(r"`{3,}", text))
        fence = "`" * (max(runs, default=2) + 1)
        fenced = f"{fence}\n{text}\n{fence}"
        whole = Block(BlockKind.CODE, text, block.place, block.level, (text,))
        if self._begun is None:
            self._begin(fenced, whole)
        else:
            self._go_on(fenced, whole)

    def _begin(self, text: str, block: Block) -> None:
        if self._now is None:
            self._now = SopSectionName.REMEDIATION
        self._begun = _Begun(block.place)
        self._sections.setdefault(self._now, []).append(self._begun)
        for _, heading in self._prefix:
            self._begun.lines.append(heading)
        self._prefix = []
        self._in_list = False
        self._go_on(text, block)

    def _go_on(self, text: str, block: Block) -> None:
        assert self._begun is not None
        if text:
            self._begun.lines.append(text)
        self._begun.spans += (screened(span, block.place)[0] for span in block.spans)

    def _all_notes(self, sections: Mapping[SopSectionName, tuple[Step, ...]]) -> Iterable[Note]:
        yield from self._notes
        steps = [step for held in sections.values() for step in held]
        if not any(_SAYS_SOMETHING.search(step.text) for step in steps):
            yield Note("no_steps")
        if len(steps) > STEPS_AT_MOST:
            yield Note("many_steps", 0, str(len(steps)))
        for step in steps:
            if len(step.text) > STEP_CHARS_AT_MOST:
                yield Note("long_step", step.place, str(len(step.text)))
            for span in step.spans:
                yield from linted(span, step.place)
            for bare in bare_commands_in(step.text, step.spans):
                yield Note("bare_command", step.place, bare)
                yield from linted(bare, step.place)


def _section_of(heading: str) -> SopSectionName | None:
    """Name the section that a heading opens.

    >>> [_section_of(words) for words in ("How to verify", "Redis")]
    [<SopSectionName.VERIFICATION: 'verification'>, None]
    """
    bare = re.sub(r"^[\s\d.、（）()一二三四五六七八九十]+", "", heading).strip(" ：:")
    found = (name for name, words in _HEADINGS.items() if re.search(words, bare, re.I))
    return next(found, None)
