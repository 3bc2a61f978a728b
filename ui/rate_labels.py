"""Words on usual probabilities and what they rest on: key -> (Chinese, English)."""

from __future__ import annotations

from typing import Final

RATE_LABELS: Final[dict[str, tuple[str, str]]] = {
    "rates.title": ("平时概率的依据", "What the usual probability rests on"),
    "rates.how": (
        "一个组件在一起事件前后出这种故障的概率：故障库的数值折成次数，再加上事件打开前已确认的"
        " {n} 起事件，每起对每个同类组件各算一次观察。",
        "How often such a component has this fault around an incident: the library's rate as "
        "counts, and the {n} incidents confirmed before this one opened, each one look at every "
        "component of the kind.",
    ),
    "rates.how.one": (
        "一个组件在一起事件前后出这种故障的概率：故障库的数值折成次数，再加上事件打开前已确认的"
        " {n} 起事件，每起对每个同类组件各算一次观察。",
        "How often such a component has this fault around an incident: the library's rate as "
        "counts, and the {n} incident confirmed before this one opened, one look at every "
        "component of the kind.",
    ),
    "rates.mode": ("故障", "Fault"),
    "rates.library": ("故障库", "Library"),
    "rates.confirmed": ("已确认", "Confirmed"),
    "rates.rate": ("平时概率", "Usual"),
    "rates.going": ("本次起点", "Going in"),
    "rates.going.how": (
        "本次起点 = 平时概率，计入本次事件前的变更和它自己没有响的告警。",
        "Going in = the usual probability with this incident's changes and its own silent alerts.",
    ),
    "rates.told": ("{p}，{basis}，{counts}", "{p}, {basis}, {counts}"),
}
