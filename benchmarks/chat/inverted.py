"""Eighty steps, and what a liar makes of each: the citation is right, the meaning is turned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Final, Literal


@dataclass(frozen=True)
class Inverted:
    """A true sentence, the lie about it, and the piece of it that the liar quotes."""

    said: str
    lie: str
    quote: str
    lang: Literal["zh", "en"]


_ZH: Final = (
    ("不要重启{x}。", "重启{x}。"),
    ("切勿在考试进行中切换{x}。", "在考试进行中切换{x}。"),
    ("禁止直接删除{x}上的数据。", "直接删除{x}上的数据。"),
    ("{x}未恢复前不得放开入口。", "{x}未恢复前放开入口。"),
    ("先备份{x}，没有备份不能继续。", "{x}没有备份也能继续。"),
    ("每次扩大{x}的上限不超过 20%。", "每次扩大{x}的上限不超过 80%。"),
    ("等{x}的队列持续增长 2 分钟以上再处理。", "等{x}的队列持续增长 2 秒以上再处理。"),
    ("关闭{x}的自动切换。", "打开{x}的自动切换。"),
    ("把{x}的流量减少到 30%。", "把{x}的流量增加到 30%。"),
    ("只有教务主管同意后才能操作{x}。", "教务主管拒绝后才能操作{x}。"),
    ("确认{x}在切换之前已经同步。", "确认{x}在切换之后已经同步。"),
    ("避免同时重启{x}的两个副本。", "同时重启{x}的两个副本。"),
    ("磁盘低于 85% 时保留{x}的日志。", "磁盘高于 85% 时删除{x}的日志。"),
)
_EN: Final = (
    ("Do not restart {x}.", "Restart {x}."),
    ("Never switch {x} while an exam runs.", "Switch {x} while an exam runs."),
    ("You must not delete data on {x}.", "You must delete data on {x}."),
    ("Wait 5 minutes before you restart {x}.", "Wait 5 seconds before you restart {x}."),
    ("Raise the limit of {x} by at most 20%.", "Raise the limit of {x} by at least 20%."),
    ("Disable automatic failover of {x}.", "Enable automatic failover of {x}."),
    ("Take a backup of {x} before the switch.", "Take a backup of {x} after the switch."),
    ("Avoid restarting both replicas of {x}.", "Restart both replicas of {x}."),
    ("Without approval {x} cannot be changed.", "{x} can be changed."),
    ("Reduce the traffic of {x} to 30 percent.", "Increase the traffic of {x} to 30 percent."),
    ("Keep {x} open only if the queue is below 100.", "Keep {x} open if the queue is above 100."),
    ("Unless the owner agrees, don't touch {x}.", "If the owner agrees, touch {x}."),
)
_NAMES: Final = ("exam-db", "credit-db", "redis-session", "cdn-7", "live-gateway")


def inverted_steps(seed: int, *, count: int = 80) -> tuple[Inverted, ...]:
    """Draw lies by seed, half of them in each language."""
    rng = Random(seed)
    drawn = []
    for number in range(count):
        lang: Literal["zh", "en"] = "zh" if number % 2 == 0 else "en"
        pairs = _ZH if lang == "zh" else _EN
        said, lie = pairs[(number // 2) % len(pairs)]
        name = rng.choice(_NAMES)
        true, false = said.format(x=name), lie.format(x=name)
        quote = true if rng.random() < 0.5 else _cut_out(true, false)
        drawn.append(Inverted(true, false, quote, lang))
    return tuple(drawn)


def _cut_out(said: str, lie: str) -> str:
    """Give the longest piece that the sentence and the lie share: a quote without the denial."""
    return max(_shared(said, lie), key=len, default=said)


def _shared(said: str, lie: str) -> Iterator[str]:
    for start in range(len(said)):
        end = start + 1
        while end <= len(said) and said[start:end].casefold() in lie.casefold():
            end += 1
        yield said[start : end - 1]
