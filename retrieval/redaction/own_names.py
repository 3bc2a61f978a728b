"""Names that people give of themselves, and their accounts where others reach them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from retrieval.redaction.names import han_name_length, known_words_cut
from retrieval.redaction.spans import Span, TakenKind, spans_of
from retrieval.redaction.surnames import AFTER

_HAN: Final = r"\u3400-\u4dbf\u4e00-\u9fff"
_SAYS_NAME: Final = re.compile(rf"(?:我叫|本人叫|我的名字[叫是])\s*(?P<run>[{_HAN}]{{2,8}})")
# 我是 and its like are as often followed by what somebody is.
_SAYS_WHO: Final = re.compile(
    rf"(?<![只就又自本])(?:我是|我这边是|这里是|这边是|本人是?)\s*(?P<run>[{_HAN}]{{2,8}})"
)
_PART: Final = r"[A-Z\u00c0-\u00de][a-z\u00df-\u017f]+(?:[\-'’][A-Z]?[a-z\u00df-\u017f]+)*"
_TWO: Final = rf"{_PART}(?:\s+[A-Z]\.)?(?:\s+{_PART}){{1,2}}"
_LATIN: Final = (
    re.compile(
        rf"(?:\b(?i:i['’]m|i\s+am|my\s+name(?:['’]s|\s+is))\s+|(?:我叫|我的名字[叫是])\s*)"
        rf"(?P<value>{_PART}(?:\s+[A-Z]\.)?(?:\s+{_PART}){{0,2}})"
    ),
    re.compile(rf"(?:我是|本人是?|这里是|这边是)\s*(?P<value>{_TWO})"),
    re.compile(
        rf"\b(?i:this\s+is)\s+(?P<value>{_TWO})"
        r"(?=\s+(?:speaking|here|calling|from)\b|\s*[,.!]|\s*$)"
    ),
)
# With a sign whatever stands there is an account; without one it may be a word of the trade.
_TRADE: Final = (
    r"(?!(?i:api|app|sdk|jssdk|jsapi|oauth\d?|h5|web|webview|webhook|appid|pay|login|sso|ios|android"
    r"|pc|mac|windows|bot|server|callback|https?|url|code|error|cdn|tls|ssl|dns|mini|work|id"
    r"|\w*(?:token|openid|unionid|secret|key|code)\w*)(?![A-Za-z0-9_\-]))"
)
_ACCOUNT: Final = re.compile(
    r"(?:微信|企业微信|钉钉|飞书|(?<![A-Za-z])(?i:QQ|VX))"
    rf"(?:号码?\s*[:：=是为]?|\s*[:：=是为]|\s*{_TRADE}(?=[\w\-]+\s*(?:$|[^\sA-Za-z0-9_\-])))\s*"
    r"(?P<value>[A-Za-z][A-Za-z0-9_\-]{2,30}|\d{5,12})"
    r"|\b(?i:wechat|weixin|telegram|skype|whatsapp)\s*(?i:id|account)?\s*[:=]\s*@?"
    r"(?P<value_en>[A-Za-z][A-Za-z0-9_\-]{2,30})",
    re.A,
)


def find_own_names(text: str) -> Iterator[Span]:
    """Yield the names that people give of themselves (我是李雷) and their accounts (微信 abc)."""
    for told in _SAYS_NAME.finditer(text):
        if length := han_name_length(told["run"], strong=False):
            yield Span(told.start("run"), told.start("run") + length, TakenKind.NAME)
    for told in _SAYS_WHO.finditer(text):
        length = han_name_length(told["run"], strong=False)
        if length and (length == len(told["run"]) or told["run"][length] in AFTER):
            yield Span(told.start("run"), told.start("run") + length, TakenKind.NAME)
    for pattern in _LATIN:
        for told in pattern.finditer(text):
            value = known_words_cut(told["value"])
            if value and (" " in value or not value.endswith("ing")):
                start = told.start("value")
                yield Span(start, start + len(value), TakenKind.NAME)
    for group in ("value", "value_en"):
        yield from spans_of(_ACCOUNT, text, TakenKind.NAME, group=group)
