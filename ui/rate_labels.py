"""Words on what figures rest on, usual rates and entries by hand: key -> (Chinese, English)."""

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
    # how far the verdict rests on people's entries
    "entered.part": (
        "这个把握有 {p} 靠人工填写（{n} 条，{by}），没有这些是 {without}",
        "{p} of this rests on what people entered by hand ({n} entries, {by}); without them "
        "{without}",
    ),
    "entered.part.one": (
        "这个把握有 {p} 靠人工填写（{n} 条，{by}），没有这条是 {without}",
        "{p} of this rests on what people entered by hand ({n} entry, {by}); without it {without}",
    ),
    "entered.part.nobody": (
        "这个把握有 {p} 靠人工填写（{n} 条），没有这些是 {without}",
        "{p} of this rests on what people entered by hand ({n}); without that {without}",
    ),
    "entered.no": (
        "这个把握不靠人工填写（{n} 条，{by}），没有这些是 {without}",
        "None of this rests on what people entered by hand ({n} entries, {by}); without them "
        "{without}",
    ),
    "entered.no.one": (
        "这个把握不靠人工填写（{n} 条，{by}），没有这条是 {without}",
        "None of this rests on what people entered by hand ({n} entry, {by}); without it {without}",
    ),
    "entered.no.nobody": (
        "这个把握不靠人工填写（{n} 条），没有这些是 {without}",
        "None of this rests on what people entered by hand ({n}); without that {without}",
    ),
    "rates.told": ("{p}，{basis}，{counts}", "{p}, {basis}, {counts}"),
}
