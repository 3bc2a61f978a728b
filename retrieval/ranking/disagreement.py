"""SOPs that disagree on one fault: told by rule, from denials and figures alone.

Two SOPs for the same fault mode disagree where, in one language,

1. one step forbids an act (a word of denial right before it) and a step of the other tells it, of
   the same thing, without a denial. A denial under a condition (除非, 之前, before, unless) forbids
   nothing by itself; symptoms and scope tell nothing to do; a rollback undoes and is compared only
   with a rollback;
2. the same command, or the same words, of the same section carry other figures.

It compares marks, not meanings: what it tells is to be looked at by a person, and words that
contradict each other in other ways are not found.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations, islice, product
from typing import Final, Literal

from graph.model.base import Id, Model
from graph.model.knowledge import Sop, SopSectionName
from retrieval.documents import spoken
from retrieval.words.tokens import Lang

_LANGUAGES: Final[tuple[Lang, ...]] = ("zh", "en")
_SILENT: Final = frozenset({SopSectionName.SYMPTOMS, SopSectionName.SCOPE})
_CODE: Final = re.compile(r"`([^`]+)`")
_CLAUSE: Final = re.compile(r"[，。；！？,;!?\n]|\.(?=\s|$)")
_CONDITION: Final = re.compile(
    r"除非|之前|以前|前不|直接|立即|马上|同时|一次|反复|\b(?:unless|until|before|without|directly|"
    r"immediately|at once|both|more than)\b",
    re.I,
)
_ZH_DENIAL: Final = r"(?:不要|不得|不可|不能|不应|禁止|严禁|切勿|请勿|勿|避免|不)"
_EN_DENIAL: Final = r"(?:do not|don['’]t|never|must not|should not|cannot|avoid|not)"
_ANY_DENIAL: Final = re.compile(rf"{_ZH_DENIAL}|\b{_EN_DENIAL}\b", re.I)
_ACTS: Final[dict[Lang, tuple[str, ...]]] = {
    "zh": (
        *("重启", "切换", "回滚", "扩容", "缩容", "删除", "清空", "停止", "关闭", "启用", "结束"),
        *("升级", "降级", "限流", "摘除", "下线", "迁移", "重建", "断开", "释放", "放大", "刷新"),
    ),
    "en": (
        *("restart", "reboot", "fail over", "switch over", "roll back", "scale up", "scale down"),
        *("delete", "remove", "purge", "stop", "disable", "enable", "kill", "terminate", "drain"),
        *("upgrade", "evict", "rebuild", "disconnect", "flush", "reload", "throttle", "migrate"),
    ),
}
_ACT: Final = {
    "zh": re.compile(f"({_ZH_DENIAL})?({'|'.join(_ACTS['zh'])})(.*)"),
    "en": re.compile(rf"(?:({_EN_DENIAL})\s+)?\b({'|'.join(_ACTS['en'])})(?:ing|s)?\b(.*)", re.I),
}
_FIGURE: Final = re.compile(r"(?<![A-Za-z0-9_.\-])\d+(?:[.,]\d+)*\s*(?:%|[A-Za-z]{1,3}\b)?")
_THING: Final = {"zh": re.compile(r"[A-Za-z0-9_.\-]+|[一-鿿]{2}"), "en": re.compile(r"[\w.\-]{3,}")}
_FILLING: Final = frozenset({"the", "and", "its", "one", "this", "that", "with", "for", "node"})
# Who brings hundreds of SOPs for one fault gets no pair of each two; nobody reads so many.
MOST: Final = 5_000
_LEAST_WORDS: Final = 2
_LEAST_CHARS: Final = 8


class Said(Model):
    """A step of an SOP, in the words of one language."""

    sop_id: Id
    section: SopSectionName
    step: int
    text: str


class Disagreement(Model):
    """What two SOPs say against each other about a fault mode; `one` has the smaller SOP id.

    `kind`: `denial` (one forbids what the other tells) or `figure` (other figures in equal words).
    """

    mode_id: Id
    lang: Literal["zh", "en"]
    kind: Literal["denial", "figure"]
    one: Said
    other: Said


@dataclass(frozen=True)
class _Act:
    said: Said
    denied: bool
    verb: str
    things: frozenset[str]


def disagreements(sops: Iterable[Sop]) -> tuple[Disagreement, ...]:
    """Find what SOPs for one fault mode say against each other, by SOPs, mode, language and place.

    Of one pair of steps one disagreement is told, the denial first; of one fault mode, language and
    kind at most `MOST`, in the order of the steps.
    """
    by_mode: dict[str, list[Sop]] = defaultdict(list)
    for sop in sorted(sops, key=lambda sop: sop.id):
        for mode in dict.fromkeys(sop.fault_mode_ids):
            by_mode[mode].append(sop)
    found: dict[tuple[object, ...], Disagreement] = {}
    for mode, group in sorted(by_mode.items()):
        for lang in _LANGUAGES:
            steps = [said for sop in group for said in _steps(sop, lang)]
            for kind, pairs in (("denial", _denied(steps, lang)), ("figure", _figured(steps))):
                for one, other in map(_in_order, islice(pairs, MOST)):
                    places = (_place(one), _place(other))
                    if places not in found:
                        told = {"mode_id": mode, "lang": lang, "kind": kind}
                        found[places] = Disagreement.model_validate(
                            told | {"one": one, "other": other}
                        )
    return tuple(found[key] for key in sorted(found, key=repr))


def _in_order(pair: tuple[Said, Said]) -> tuple[Said, Said]:
    one, other = pair
    return (one, other) if one.sop_id < other.sop_id else (other, one)


def _place(said: Said) -> tuple[str, str, int]:
    return said.sop_id, said.section.value, said.step


def _steps(sop: Sop, lang: Lang) -> list[Said]:
    return [
        Said(sop_id=sop.id, section=part.name, step=step.number, text=spoken(step.text, lang))
        for part in sop.sections
        if part.name not in _SILENT
        for step in part.steps
    ]


def _denied(steps: Iterable[Said], lang: Lang) -> Iterator[tuple[Said, Said]]:
    """Yield what forbids an act with what tells it; a step is read once, not once for each pair."""
    acts: dict[tuple[str, bool], tuple[list[_Act], list[_Act]]] = defaultdict(lambda: ([], []))
    for said in steps:
        for act in _acts(said, lang):
            acts[act.verb, _undoes(said)][act.denied].append(act)
    for told, denied in acts.values():
        for one, other in product(denied, told):
            if one.said.sop_id != other.said.sop_id and (
                not one.things or not other.things or one.things & other.things
            ):
                yield one.said, other.said


def _undoes(said: Said) -> bool:
    return said.section is SopSectionName.ROLLBACK


def _acts(said: Said, lang: Lang) -> Iterator[_Act]:
    """Read the acts of a step, clause by clause; a command forbids and tells nothing here."""
    for clause in _CLAUSE.split(_CODE.sub(" ", said.text)):
        found = _ACT[lang].search(clause)
        if found is None:
            continue
        doubtful = _CONDITION if found[1] else _ANY_DENIAL  # of what a denial speaks is unclear
        if doubtful.search(clause):
            continue
        things = frozenset(_THING[lang].findall(found[3].casefold())) - _FILLING
        yield _Act(said, bool(found[1]), found[2].casefold(), things)


def _figured(steps: Iterable[Said]) -> Iterator[tuple[Said, Said]]:
    """Yield what says the same of the same section with other figures."""
    by_words: dict[tuple[str, str], dict[tuple[str, ...], list[Said]]] = defaultdict(dict)
    for said in steps:
        for words, figures in _masked(said.text).items():
            by_words[said.section.value, words].setdefault(figures, []).append(said)
    for alike in by_words.values():
        for these, those in combinations(alike.values(), 2):
            yield from ((a, b) for a, b in product(these, those) if a.sop_id != b.sop_id)


def _masked(text: str) -> dict[str, tuple[str, ...]]:
    """Map commands and clauses, their figures taken out, to these figures; without any, nothing."""
    commands = [c for c in _CODE.findall(text) if len(c.split()) >= _LEAST_WORDS]
    clauses = [c for c in _CLAUSE.split(_CODE.sub(" ", text)) if len(c.strip()) >= _LEAST_CHARS]
    found = {}
    for piece in (*commands, *clauses):
        figures = tuple("".join(one.split()).casefold() for one in _FIGURE.findall(piece))
        if figures:
            found["".join(_FIGURE.sub("#", piece).split()).casefold()] = figures
    return found
