"""Words of the fortnightly report, zh and en."""

from __future__ import annotations

from typing import Final

WORDS: Final[dict[str, tuple[str, str]]] = {
    "title": ("诊断效果双周报", "Diagnosis, fortnightly report"),
    "period": ("{first} 至 {last}，与前两周相比", "{first} to {last}, beside the fortnight before"),
    "figures": ("指标", "Figures"),
    "what": ("指标", "figure"),
    "now": ("这两周", "this fortnight"),
    "before": ("前两周", "before"),
    "cases": ("已确认原因的事件", "incidents with a confirmed cause"),
    "first": ("准确率：首位就是真正的原因", "accuracy: the cause stood first"),
    "three": ("前三位里有真正的原因", "the cause was among the first three"),
    "recall": (
        "召回率：图内故障的事件里，前三位找到了它",
        "recall: faults of the graph that were among the first three",
    ),
    "accused": (
        "误报：没有故障，却给出了原因",
        "false alarms: no fault, and a cause was told all the same",
    ),
    "abstained": ("弃答：说了证据不足", "abstained: said there was not enough evidence"),
    "committed": ("没有弃答的里面，首位是对的", "of those that did not abstain, first was right"),
    "opinion": ("满意度：第一个人说「对」", "satisfaction: the first person said it was right"),
    "near": ("第一个人说「差一点」", "the first person said not quite"),
    "wrong": ("第一个人说「不对」", "the first person said wrong"),
    "brier": ("Brier 分数（0 最好）", "Brier score (0 is best)"),
    "error": ("校准误差（0 最好）", "calibration error (0 is best)"),
    "reliability": ("说的把握与实际", "What was said, and what was right"),
    "said": ("说的把握", "said"),
    "times": ("次数", "times"),
    "right": ("对的次数", "right"),
    "share": ("实际", "share"),
    "interval": ("95% 区间", "95% interval"),
    "bin": ("{low}–{high}%", "{low}–{high}%"),
    "modes": ("按故障模式", "By fault mode"),
    "mode": ("故障模式", "fault mode"),
    "method": ("怎么算的", "How it is counted"),
    "method.1": (
        "只算已确认原因的事件，按确认的时间归入；P0 要两个人一致才算确认。",
        "Only incidents whose cause is confirmed, by when that was; at P0 two people must agree.",
    ),
    "method.2": (
        "比对的是有人说出原因之前最后一版诊断，之后的版本不算。",
        "Judged is the last revision before anybody said what it was, none after it.",
    ),
    "method.3": (
        "次数少的时候百分比说明不了什么，请看次数和区间。",
        "A share of a few cases tells little: look at counts and intervals.",
    ),
    "none": ("这一段没有。", "None in this time."),
}
