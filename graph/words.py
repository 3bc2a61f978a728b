"""Small sentences that several rooms need, in both languages."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Final

from graph.model.base import Text

# Stands where a command was that belongs to a gated action (safety rule 8).
FOLDED: Final = Text(zh="「命令已收起」", en="[command folded]")
_SPACES: Final = frozenset("\t\n\r")
_HIDDEN_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def visible(text: str) -> str:
    r"""Show control, format and bidi characters by code point; tabs and line ends become spaces.

    >>> visible("cdn\u202e7\n")
    'cdn⟨U+202E⟩7 '
    """
    return "".join(_shown(char) for char in text)


def _shown(char: str) -> str:
    if char in _SPACES:
        return " "
    if unicodedata.category(char) in _HIDDEN_CATEGORIES:
        return f"⟨U+{ord(char):04X}⟩"
    return char


def spaced(*parts: str) -> str:
    """Join Chinese parts: a space only where a Latin letter or digit meets a Han character.

    >>> spaced("区域 3 移动用户端", "该响未响"), spaced("cdn-7", "回源链路中断")
    ('区域 3 移动用户端该响未响', 'cdn-7 回源链路中断')
    """
    joined = parts[0]
    for part in parts[1:]:
        joined += _gap(joined[-1:], part[:1]) + part
    return joined


def _gap(before: str, after: str) -> str:
    """Full-width marks bring their own room; Han stands against Han."""
    latin = before.isascii() or after.isascii()
    return " " if latin and not {before, after} & set("（），。；：") else ""


def incident_title(names: Sequence[Text]) -> Text:
    """Name an incident after its first alerting components, until a diagnosis knows better."""
    if not names:
        return Text(zh="来源不明的告警", en="Alerts from unknown components")
    first = names[0]
    if len(names) == 1:
        return Text(zh=spaced(first.zh, "告警"), en=f"Alerts on {first.en}")
    return Text(
        zh=spaced(first.zh, "等", f"{len(names)}", "个组件告警"),
        en=f"Alerts on {first.en} and {len(names) - 1} more",
    )
