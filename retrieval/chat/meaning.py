"""Whether free words say what a quote says: the same denials, figures, units, names and commands.

It compares marks, not meanings: it may doubt honest words (the quote is shown then), and what it
lets through has no denial, figure, name or command that its quote has not.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Final

_SENTENCE: Final = re.compile(r"(?:`[^`]*`|[^。；;！!？?\n.`]|`|\.(?!\s|$))+[。；;！!？?\n.]?")
_DENIAL: Final = re.compile(
    r"不(?!同|断|仅|但|久|少|管|论|如|妨|停|愧|禁|料|时)|没(?!收)|未(?!来|必)|无(?!论|线|疑)|勿|莫"
    r"|甭|禁(?!忌)|严禁|切忌|避免|防止|免得|拒绝|除非|取消|撤销"
    r"|非(?!常|法|洲)|别(?![的人处名])(?<![分级类识区特个辨判鉴性告离]别)|(?<!开)停止(?!响应)"
    r"|\b(?:not|never|no|none|nor|neither|without|avoid|cannot|forbid(?:den|s)?|prohibit(?:ed|s)?"
    r"|refrain|refuse|unless|except|stop)\b"
    r"|\b\w+n['’]t\b",
    re.I,
)
_OPPOSITES: Final = tuple(
    (re.compile(one, re.I), re.compile(other, re.I))
    for one, other in (
        (
            r"启动|开启|打开|启用|接通|\b(?:start|enable|open|turn on|switch on)",
            r"停止|关闭|停用|禁用|断开|停掉|\b(?:stop|disable|close|turn off|switch off|shut)",
        ),
        (
            r"增加|扩大|提高|调大|上调|增大|扩容|升高|\b(?:increase|raise|grow|scale up|enlarge)",
            r"减少|缩小|降低|调小|下调|减小|缩容|\b(?:decrease|reduce|lower|shrink|scale down)",
        ),
        (r"之前|以前|先于|\bbefore\b", r"之后|以后|\bafter\b"),
        (
            r"以上|超过|高于|大于|多于|至少|不低于|\b(?:above|more than|over|at least|exceed)",
            r"以下|低于|小于|少于|至多|不超过|不高于|\b(?:below|less than|under|at most|fewer)",
        ),
        (
            r"主库|主节点|\bprimary\b|\bmaster\b",
            r"备库|从库|备节点|从节点|\b(?:replica|standby|secondary|slave)",
        ),
        (
            r"允许|批准|同意|\b(?:allow|permit|approve|accept)",
            r"拒绝|否决|驳回|\b(?:deny|reject|refuse|block)",
        ),
        (
            r"保留|保存|\bkeep\b|\bretain",
            r"删除|清除|丢弃|清空|\b(?:delete|remove|drop|discard|purge)",
        ),
        (r"正常|成功|\b(?:succeed|success|healthy|pass)", r"异常|失败|\b(?:fail|unhealthy|error)"),
        (r"全部|所有|每个|\b(?:all|every)\b", r"仅|只(?!要)|部分|一个|\b(?:only|some|one)\b"),
        (r"自动|\bautomatic", r"手动|手工|人工|\bmanual"),
    )
)
_NUMBER: Final = re.compile(
    r"(?<![A-Za-z0-9_.\-])(\d+(?:,\d{3})*(?:\.\d+)?)\s*(%|[A-Za-z]{1,8}\b|毫秒|秒钟?|分钟|小时|天"
    r"|周|个月|次|人|台|个|条|节点|倍)?"
)
_HAN_NUMBER: Final = re.compile(
    r"([一二两三四五六七八九十百]{1,4})\s*(毫秒|秒钟?|分钟|小时|天|周|个月|次|人|台|条|倍)"
)
_HAN_DIGITS: Final = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"两": 2}
_UNITS: Final = {
    "秒": "s", "秒钟": "s", "second": "s", "seconds": "s", "sec": "s", "secs": "s",
    "毫秒": "ms", "millisecond": "ms", "milliseconds": "ms",
    "分钟": "min", "minute": "min", "minutes": "min", "mins": "min",
    "小时": "h", "hour": "h", "hours": "h", "天": "d", "day": "d", "days": "d",
    "周": "w", "week": "w", "weeks": "w", "percent": "%", "次": "times", "time": "times",
}  # fmt: skip
_MEASURES: Final = frozenset(
    {*_UNITS.values(), "kb", "mb", "gb", "tb", "kib", "mib", "gib", "qps", "rps", "tps", "m", "k"}
    | set("人台个条倍") | {"节点", "个月"}
)  # fmt: skip
_NAME: Final = re.compile(
    r"(?<![A-Za-z0-9_])(?:[A-Za-z][A-Za-z0-9]*(?:[._\-/:=][A-Za-z0-9]+)+|[A-Za-z]+\d[A-Za-z0-9]*"
    r"|[A-Z]{2,}[A-Za-z0-9]*|[a-z]+[A-Z][A-Za-z0-9]*|[A-Z][a-z]+[A-Z][A-Za-z0-9]*)"
)
_CODE: Final = re.compile(r"`([^`]+)`")
_URL: Final = re.compile(r"[a-z][a-z0-9+.\-]{1,15}://[^\s`\"'<>，。；）)]+", re.I)
_SHELL: Final = re.compile(
    r"(?<![\w\-/])(?:sudo|kubectl|systemctl|docker|podman|helm|redis-cli|mysql|psql|curl"
    r"|wget|rm|ssh|scp|bash|sh|zsh"
    r"|python3?|perl|ruby|nc|chmod|chown|kill|killall|reboot|shutdown|dd|mkfs\S*|iptables|ip"
    r"|etcdctl|ansible\S*"
    r"|terraform|git|aws|gcloud|az|powershell|iex|invoke-\w+|drop\s+(?:table|database)"
    r"|delete\s+from|truncate)\s+[\-\w./~$\"'`:|>*]+[^\n，。；]{0,120}",
    re.I,
)


def squeezed(text: str) -> str:
    """Give a text as it is compared: folded, lower case, without any space."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def sentences(text: str) -> list[str]:
    """Cut a text into sentences; nothing between two backticks is cut."""
    return [found[0] for found in _SENTENCE.finditer(text) if found[0].strip()]


def covering(text: str, quote: str) -> str:
    """Give the sentences of a text in which a quote stands; "" where it does not.

    >>> covering("先看队列。不要重启主库。", "重启主库")
    '不要重启主库。'
    """
    wanted, pieces = squeezed(quote), sentences(text)
    whole = "".join(squeezed(piece) for piece in pieces)
    start = whole.find(wanted) if wanted else -1
    if start < 0:
        return ""
    held, place = [], 0
    for piece in pieces:
        end = place + len(squeezed(piece))
        if place < start + len(wanted) and end > start:
            held.append(piece)
        place = end
    return "".join(held)


def differences(text: str, said: str, step: str) -> Iterator[str]:
    """Say in English how free words differ from the sentences that they stand for.

    Args:
        said: those sentences.
        step: the whole step around them, which may lend names and commands.
    """
    if len(_DENIAL.findall(text)) != len(_DENIAL.findall(said)):
        yield "polarity: a not, never or without differs from the quoted sentence"
    for one, other in _OPPOSITES:
        yield from _turned(text, said, one, other)
    if new := measures(text) - measures(said):
        yield f"numbers: {_listed(new)} not in the quoted sentence"
    squeezed_step = squeezed(step)
    unknown = {name for name in _NAME.findall(text) if squeezed(name) not in squeezed_step}
    if unknown:
        yield f"names: {_listed(unknown)} not in the quoted step"
    yield from _foreign_commands(text, step)


def measures(text: str) -> frozenset[str]:
    """Name the figures of a text, each with its unit where it has one.

    >>> sorted(measures("等 5 分钟，不超过 20%")), sorted(measures("wait five, or 5 minutes"))
    (['20%', '5min'], ['5min'])
    """
    plain = re.sub(r"^\s*\d{1,2}[.、)]\s+", "", unicodedata.normalize("NFKC", text))
    found = {number.replace(",", "") + _unit(unit) for number, unit in _NUMBER.findall(plain)}
    found |= {f"{_han_value(number)}{_unit(unit)}" for number, unit in _HAN_NUMBER.findall(plain)}
    return frozenset(found)


def _turned(text: str, said: str, one: re.Pattern[str], other: re.Pattern[str]) -> Iterator[str]:
    """Tell where words name one side of a pair and the sentence only its opposite."""
    for here, there in ((one, other), (other, one)):
        found = here.search(text)
        if found and not here.search(said) and there.search(said):
            yield f"polarity: {found[0]!r} where the quoted sentence says the opposite"


def _foreign_commands(text: str, step: str) -> Iterator[str]:
    spans = [squeezed(span) for span in _CODE.findall(step)]

    def vetted(command: str) -> bool:
        return any(squeezed(command.strip(" .,;`")) in span for span in spans)

    bare = _CODE.sub(" ", text)
    asked = [*_CODE.findall(text), *_URL.findall(text), *(m[0] for m in _SHELL.finditer(bare))]
    if strange := [command for command in asked if not vetted(command)]:
        yield f"commands: {_listed(strange)} not between backticks in the quoted step"


def _unit(unit: str) -> str:
    known = _UNITS.get(unit.casefold(), unit.casefold())
    return known if known in _MEASURES else ""


def _han_value(number: str) -> int:
    """Read a Chinese number below 1,000."""
    total, digit = 0, 0
    for character in number:
        if character in "十百":
            total += (digit or 1) * (10 if character == "十" else 100)
            digit = 0
        else:
            digit = _HAN_DIGITS[character]
    return total + digit


def _listed(found: Iterable[str]) -> str:
    return ", ".join(repr(item[:80]) for item in sorted(found)[:4])
