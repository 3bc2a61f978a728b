"""Numbers that stand for a person: identity cards, phones, medical records, long ones unnamed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from retrieval.redaction.spans import Span, TakenKind, spans_of

_CARD: Final = re.compile(
    r"(?<![\dA-Za-z])\d{6}[ \-_/.,、]{0,2}\d{8}[ \-_/.,、]{0,2}\d{3}[\dXx](?![\dA-Za-z])"
)
_OLD_CARD: Final = re.compile(
    r"(?<![\d.])[1-8]\d{5}[ \-]?\d{2}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])[ \-]?\d{3}(?![\d.])"
)
# Hong Kong, Macao and Taiwan cards, passports, the US number, and anything named as such.
_OTHER_CARDS: Final = re.compile(
    r"(?<![A-Za-z0-9])(?:[A-Z]{1,2}\d{6}\([0-9A]\)|[A-Z][12]\d{8}|[EGDSPH][A-Z]?\d{7,9}"
    r"|\d{3}-\d{2}-\d{4})(?![A-Za-z0-9])"
)
_NAMED_CARD: Final = re.compile(
    r"(?:身份证(?:号码?|件)?|证件号码?|护照(?:号码?)?|社保(?:卡)?号码?|医保(?:卡)?号码?|军官证号?"
    r"|学号|考号|工号|员工号|教工号|学籍号|准考证号?"
    r"|\b(?:passport|ssn|social security|national id|identity card|id card|student)\b\s*(?:number"
    r"|no\.?|id|#)?)"
    r"\s*(?:[:：=#]|是|为|\bis\b)?\s*(?P<value>[A-Za-z]{0,3}\d(?:[ \-]?\d){3,20}[A-Za-z]?"
    r"|[A-Za-z]{0,3}\d[A-Za-z0-9]{3,20})(?![A-Za-z0-9])",
    re.I,
)
_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS: Final = "10X98765432"

_GAP: Final = r"[ \-.]{0,2}"
_MOBILE: Final = re.compile(
    rf"(?<![\dA-Za-z.])(?:(?:\+|00){_GAP}86{_GAP}|86{_GAP}|\(\+?86\){_GAP})?"
    rf"1{_GAP}[3-9]{_GAP}\d{_GAP}\d{_GAP}\d{_GAP}\d{_GAP}\d{_GAP}\d{_GAP}\d{_GAP}\d{_GAP}\d(?![\dA-Za-z])"
)
_MOBILE_CUT: Final = re.compile(
    r"(?<![\dA-Za-z.])1[3-9]\d\s?(?P<sign>[_/,、·•~:])\s?\d{4}\s?(?P=sign)\s?\d{4}(?![\dA-Za-z])"
)
_LANDLINE: Final = re.compile(
    r"(?<![\d.])(?:\+86[ \-]?)?\(?0\d{2,3}\)?[ \-]{0,2}[2-9]\d{2,3}[ \-]?\d{4}"
    r"(?:(?:[ \-]|\s*(?:转|分机|ext\.?|x)\s*)\d{1,6})?(?![\d.])"
)
_SERVICE_LINE: Final = re.compile(r"(?<![\d.])[48]00[ \-]\d{3,4}[ \-]\d{3,4}(?![\d.])")
_ABROAD: Final = re.compile(
    r"(?<![\w.])\+\d{1,3}[ \-.]?\(?\d{1,4}\)?(?:[ \-.]?\d{2,4}){2,4}(?![\d.])"
    r"|(?<![\w.\-])(?:1[ \-.])?\(\d{3}\) ?\d{3}[ \-.]\d{4}(?!\d)"
    r"|(?<![\w.\-])(?:1[\-.])?[2-9]\d{2}([\-. ])\d{3}\1\d{4}(?![\w\-])"
)
_NAMED_PHONE: Final = re.compile(
    r"(?:电话|電話|手机号?码?|手機號?碼?|座机|分机|内线|短号|传真|微信号?|QQ号?|(?<![A-Za-z])(?:call|phone|mobile"
    r"|cell|tel|fax|ext|extension))"
    r"\.?\s*(?:number|no\.?|号码?)?\s*(?:[:：=#]|是|为|\bis\b"
    r"|\bat\b)?\s*(?P<value>\+?\d(?:[ \-]?\d){3,15})(?![\d%.])",
    re.I,
)
_SPELT: Final = re.compile(r"[一幺][三四五六七八九](?:[ \-]?[零〇一幺二两三四五六七八九]){9}")

_RECORD: Final = re.compile(
    r"(?:病历|病歷|病案|住院|门诊|就诊|急诊|登记|挂号|检查|检验|标本|医嘱|处方|影像|体检|建档|档案|患者"
    r"|病人|住院病人|就诊卡|诊疗卡)"
    r"\s*(?:卡)?\s*(?:号码|號碼|编号|編號|流水号|序号|号|號|ID|id)\s*(?:[:：=#]|是|为|\bis\b)?\s*"
    r"(?P<zh>[A-Za-z]{0,6}[\-/_]?\d[A-Za-z0-9\-/]*)"
    r"|\b(?:mrn|mr\s*#|medical\s+record|patient|record|chart|admission|encounter|visit|case"
    r"|accession"
    r"|hospital)\b"
    r"\s*(?:number|no\.?|num\.?|id|#)?\s*(?:[:：=#]|\bis\b)?\s*#?\s*"
    r"(?P<en>[A-Za-z]{0,6}[\-/_]?\d[\dA-Za-z]*(?:[\-/][\dA-Za-z]+)*)",
    re.I,
)
_RECORD_SHAPE: Final = re.compile(
    r"(?<![A-Za-z0-9\-])[A-Z]{1,4}-?\d{6,}(?:[\-/]\d+)*(?![A-Za-z0-9])"
)

_LONG: Final = re.compile(
    r"(?<![\d.])(?:\d{8,}|\d{4}(?:[ \-]\d{4}){2,3}(?:[ \-]\d{1,4})?)(?![\d]|\.\d)"
    r"(?!\s*(?:bytes?|字节|B\b|KB|MB|GB|[mun]s\b|毫秒|微秒|纳秒|次|条|行|个))"
)
_DATE: Final = re.compile(
    r"(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])(?:[0-2]\d(?:[0-5]\d){2})?"
)
_ROUND: Final = re.compile(r"\d{1,3}0{5,}")


def is_card(text: str) -> bool:
    """Tell whether 18 characters are a Chinese identity number by date and check character.

    Source: GB 11643-1999.

    >>> is_card("11010519491231002X"), is_card("110105194912310021")
    (True, False)
    """
    digits = [c for c in text.upper() if c.isdigit() or c == "X"]
    if len(digits) != 18 or "X" in digits[:17]:
        return False
    total = sum(int(c) * w for c, w in zip(digits, _WEIGHTS, strict=False))
    return _is_birthday("".join(digits[6:14])) and digits[17] == _CHECKS[total % 11]


def find_numbers(text: str) -> Iterator[Span]:
    """Yield every number that may stand for a person, kinds mixed."""
    yield from _cards(text)
    yield from _phones(text)
    yield from _records(text)
    for span in spans_of(_LONG, text, TakenKind.NUMBER):
        number = text[span.start : span.end]
        if not _DATE.fullmatch(number) and not _ROUND.fullmatch(number):
            yield span


def _cards(text: str) -> Iterator[Span]:
    """Yield identity numbers; one with a slip of the pen is one as well, if its date holds."""
    for span in spans_of(_CARD, text, TakenKind.ID_NUMBER):
        digits = [c for c in text[span.start : span.end] if c.isdigit()]
        if _is_birthday("".join(digits[6:14])):
            yield span
    yield from spans_of(_OLD_CARD, text, TakenKind.ID_NUMBER)
    yield from spans_of(_OTHER_CARDS, text, TakenKind.ID_NUMBER)
    yield from _with_digits(_NAMED_CARD, text, "value", TakenKind.ID_NUMBER, most=4)


def _phones(text: str) -> Iterator[Span]:
    for pattern in (_MOBILE, _MOBILE_CUT, _LANDLINE, _SERVICE_LINE, _ABROAD, _SPELT):
        yield from spans_of(pattern, text, TakenKind.PHONE)
    yield from spans_of(_NAMED_PHONE, text, TakenKind.PHONE, group="value")


def _records(text: str) -> Iterator[Span]:
    yield from _with_digits(_RECORD, text, "zh", TakenKind.RECORD_NUMBER, most=3)
    yield from _with_digits(_RECORD, text, "en", TakenKind.RECORD_NUMBER, most=4)
    yield from spans_of(_RECORD_SHAPE, text, TakenKind.RECORD_NUMBER)


def _with_digits(
    pattern: re.Pattern[str], text: str, group: str, kind: TakenKind, *, most: int
) -> Iterator[Span]:
    """Yield named values that hold at least `most` digits: a count or a step is no number."""
    for span in spans_of(pattern, text, kind, group=group):
        if sum(c.isdigit() for c in text[span.start : span.end]) >= most:
            yield span


def _is_birthday(digits: str) -> bool:
    year, month, day = int(digits[:4]), int(digits[4:6]), int(digits[6:8])
    return 1880 <= year <= 2100 and 1 <= month <= 12 and 1 <= day <= 31
