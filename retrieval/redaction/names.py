"""Names of people: those that are known, and those that a label or a title announces."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from retrieval.redaction.ordinary import NOBODY, WORDS
from retrieval.redaction.spans import Span, TakenKind
from retrieval.redaction.surnames import AFTER, DOUBLE, ORDINARY, PLAIN, TITLES

_HAN: Final = r"\u3400-\u4dbf\u4e00-\u9fff"
# After a strong label stands a name and nothing else; after a weak one often a predicate.
_STRONG: Final = (
    r"患者姓名|病人姓名|学生姓名|考生姓名|真实姓名|姓名|名字叫|名叫|联系人|紧急联系人|监护人|收件人"
    r"|收货人|报修人|报告人|反馈人|来电人"
    r"|经办人|申请人|审批人|操作人|处理人|填报人|提交人|户主|家属姓名|主治医[生师]|责任医[生师]"
    r"|管床医[生师]|接诊医[生师]|责任护士"
)
_WEAK: Final = (
    r"患者|病人|病患|考生|学生|学员|同学|家属|医生|医师|大夫|护士|老师|教师|教授|导师|主任|负责人"
    r"|值班人员?|值班|当事人|本人"
    r"|用户名?|账号|操作员|管理员|客户|监考员?|教务员|产妇|死者|患儿|孕妇|伤者|投诉人|员工|工程师"
    r"|[\u4e00-\u9fff]{1,3}人(?=\s*[:：=])"
)
_BETWEEN: Final = (
    r"(?P<sign>\s*[:：=]\s*|\s*[（(「『“\"'《【\[]\s*|\s*(?:是|为|叫|名叫|的)\s*|\s+"
    r"|)[「『“\"'《【\[]?"
)
_LABEL: Final = re.compile(rf"(?:(?P<strong>{_STRONG})|(?P<weak>{_WEAK})){_BETWEEN}")
# Patterns take these for an i; folding does not.
_DOTLESS: Final = {ord("\u0130"): "i", ord("\u0131"): "i"}
_HAN_RUN: Final = re.compile(rf"[{_HAN}]{{1,8}}(?:[·•‧・][{_HAN}]{{1,8}}){{0,3}}")
_LATIN_RUN: Final = re.compile(
    r"[A-Z\u00c0-\u017f][A-Za-z\u00c0-\u017f'’\-]+"
    r"(?:\s+(?:[A-Z]\.|[A-Z\u00c0-\u017f][A-Za-z\u00c0-\u017f'’\-]+)){0,3}"
)
_NOT_GIVEN: Final = frozenset("的在与是及")
# What stands before one who is called by family name and title alone.
_BEFORE: Final = frozenset("找请由叫问给和与让是系被向对到跟及或经的知到为")
_TITLED: Final = re.compile(rf"(?P<name>[{_HAN}]{{1,4}}?)(?={TITLES})")

_U: Final = r"A-Z\u00c0-\u00de\u0100-\u017f\u1e00-\u1eff"
_L: Final = r"a-z\u00df-\u017f\u1e00-\u1eff"
_PART: Final = rf"(?:[{_U}]['’])?[{_U}][{_L}]+(?:[\-'’][{_U}]?[{_L}]+)*"
_NAME_EN: Final = (
    rf"(?P<value>(?:[A-Z]\.\s*)?{_PART}(?:,\s{_PART})?"
    rf"(?:\s+(?:[A-Z]\.?|de|da|van|von|der|bin|al|le)(?=\s))*(?:\s+{_PART}){{0,2}})"
)
_LABEL_EN: Final = re.compile(
    r"\b(?i:patient|pt\.|student|candidate|examinee|doctor|physician|nurse|teacher|professor"
    r"|guardian"
    r"|relative|caller|reporter"
    r"|reported\s+by|requested\s+by|opened\s+by|called\s+by|contact|contact\s+person|assignee"
    r"|assigned\s+to|attending|operator"
    r"|owner|customer|employee|on[\- ]call|next\s+of\s+kin|signed|approver|user|(?:full\s+"
    r"|patient\s+|student\s+|first\s+|last\s+)?name)"
    r"(?P<sign>(?i:\s*[:=]\s*|\s+-\s+|\s*[:=]\s*(?:mr|mrs|ms|dr|prof)?\.?\s*|\s+(?:name\s+)?(?:is"
    r"|was|named|called)\s+"
    r"|\s*[(\"“]\s*|,?\s+))" + _NAME_EN
)
_TITLE_EN: Final = re.compile(
    r"\b(?:Mr|Mrs|Ms|Miss|Dr|Prof|Professor|[Nn]urse|[Dd]octor|on behalf of)\b\.?\s+" + _NAME_EN
)
# Two words in capitals are as often two abbreviations: long ones are a name.
_CAPITALS: Final = re.compile(
    r"\b(?i:patient|student|doctor|nurse)\s+(?P<value>[A-Z]{4,15}(?:\s+[A-Z]{4,15}){1,2})\b"
)
_SAID_APART: Final = re.compile(rf"姓(?P<value>[{_HAN}]{{1,2}}名[{_HAN}]{{1,2}})")
_LOGIN: Final = re.compile(
    r"(?:账号|帐号|用户名|登录名|工号|\b(?:login|username|user\s+name|account)\b)\s*(?:[:：=]|是"
    r"|为)?\s*"
    r"(?P<value>[A-Za-z][A-Za-z0-9]*(?:[._][A-Za-z0-9]+)+|[A-Za-z]{3,}\d{2,})"
)
_SYLLABLE: Final = (
    r"(?:zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw])?(?:iang|iong|uang|ang|eng|ing|ong|ian|iao|uai|uan|ai|an"
    r"|ao"
    r"|ei|en|er|ia|ie|in|iu|ou|ua|ue|ui|un|uo|a|e|i|o|u|v)"
)
_PINYIN: Final = re.compile(
    rf"(?:患者|病人|考生|学生|姓名|医生|护士|老师"
    rf"|联系人)\s*[:：]?\s*(?P<value>(?:{_SYLLABLE}){{2,4}})"
    r"(?![A-Za-z0-9_.\-])"
)
_PLAIN_EN: Final = re.compile(
    r"\b(?i:(?:patient|full|student|first|last|contact)\s+name|patient|student|contact|name|caller"
    r"|doctor|nurse|surname)\s*[:=]\s*"
    r"(?P<value>[a-z]{2,15}\s+[a-z]{2,15}|[A-Z]{2,15}(?:\s+[A-Z]{2,15}){1,2}"
    r"|[A-Z]{2,15},\s*[A-Z][A-Za-z]{1,15})"
    r"(?=\s*(?:[.,;()|/]|$|\n))"
)


def find_known(text: str, names: Iterable[str]) -> Iterator[Span]:
    """Yield every place of a known name; Latin ones as whole words, whatever their case."""
    folded = _folded(text)
    for name in names:
        held = name.strip()
        if len(held) < 2 or (held.isascii() and len(held) < 3):
            continue
        if _folded(held) not in folded:  # a pattern for each of thousands would take seconds
            continue
        edge = r"(?<![A-Za-z0-9])", r"(?![A-Za-z0-9])"
        pieces = held.split() if held.isascii() else [c for c in held if not c.isspace()]
        spaced = r"\s*".join(map(re.escape, pieces))
        pattern = f"{edge[0]}{spaced}{edge[1]}" if held.isascii() else spaced
        for found in re.finditer(pattern, text, re.I):
            yield Span(found.start(), found.end(), TakenKind.NAME)


def _folded(text: str) -> str:
    """Give a text without spaces and case: what a pattern finds in it stands here, too."""
    return "".join(text.translate(_DOTLESS).casefold().split())


def find_announced(text: str) -> Iterator[Span]:
    """Yield every name that stands after a label or before or after a title."""
    for label in _LABEL.finditer(text):
        yield from _after(text, label)
    for titled in _TITLED.finditer(text):
        yield from _before_title(titled)
    for pattern in (_SAID_APART, _LOGIN, _CAPITALS, _PINYIN):
        for found in pattern.finditer(text):
            if found["value"].capitalize() not in NOBODY:
                yield Span(found.start("value"), found.end("value"), TakenKind.NAME)
    for pattern in (_LABEL_EN, _TITLE_EN, _PLAIN_EN):
        for found in pattern.finditer(text):
            value = known_words_cut(found["value"])
            sure = pattern is not _LABEL_EN or bool(found["sign"].strip(" ,")) or " " in value
            if value and sure:
                yield Span(found.start("value"), found.start("value") + len(value), TakenKind.NAME)


def _after(text: str, label: re.Match[str]) -> Iterator[Span]:
    start, signed = label.end(), bool(label["sign"].strip())
    if run := _HAN_RUN.match(text, start):
        length = han_name_length(run[0], strong=bool(label["strong"]))
        if length:
            yield Span(start, start + length, TakenKind.NAME)
    elif run := _LATIN_RUN.match(text, start):
        value = known_words_cut(run[0])
        if value and (signed or label["strong"] or " " in value):
            yield Span(start, start + len(value), TakenKind.NAME)


def han_name_length(run: str, *, strong: bool) -> int:
    """Give how many characters from the start are a name; 0 for none."""
    if re.search(r"[·•‧・]", run):
        return len(run)
    if strong and 2 <= len(run) <= 4:
        return len(run)
    if run[:2] in DOUBLE:
        return _given_end(run, 2)
    if run[:2] in WORDS or run[:1] in AFTER - PLAIN - ORDINARY:
        return 0
    if run[:1] in PLAIN:
        return _given_end(run, 1)
    if run[:1] in ORDINARY:
        length = _given_end(run, 1)
        ends = length == len(run) or run[length : length + 1] in AFTER
        return length if ends else 0
    return 0


def _given_end(run: str, family: int) -> int:
    """Give where the given name of one or two characters ends; 0 where there is none."""
    given = run[family:]
    if not given or given[0] in _NOT_GIVEN:
        return 0
    if len(given) == 1 or (len(given) > 2 and given[1] in AFTER):
        return family + 1
    return family + 2


def _before_title(titled: re.Match[str]) -> Iterator[Span]:
    """Yield the shortest ending of what stands before a title that is a name."""
    name = titled["name"]
    for start in range(len(name) - 1, -1, -1):
        part = name[start:]
        if name[max(start - 1, 0)] == "其":  # 其余值班工程师
            continue
        told = start == 0 or name[start - 1] in _BEFORE
        if part[:2] in DOUBLE or (
            part[0] in PLAIN and part not in WORDS and (told or len(part) > 1)
        ):
            yield Span(titled.start() + start, titled.end(), TakenKind.NAME)
            return


def known_words_cut(value: str) -> str:
    """Cut a run of capitalised words before the first that is no name."""
    kept = []
    for word in value.split(" "):
        if word.strip("'’-.,").capitalize() in NOBODY:
            break
        kept.append(word)
    return " ".join(kept).rstrip()
