"""Words of the replay tab: from which minute on one could have known."""

from __future__ import annotations

from typing import Final

REPLAY_LABELS: Final[dict[str, tuple[str, str]]] = {
    "graph.tab.replay": ("回放", "Replay"),
    "replay.link": ("几分钟能知道：回放", "When one could have known: replay"),
    "replay.how": (
        "把存下的证据按收到的先后再诊断一遍，一分钟一步，什么都不改。一场告警风暴要几秒到一分钟。",
        "The stored evidence is diagnosed again in the order of its receipt, a minute a step; "
        "nothing is changed. A storm takes some seconds up to a minute.",
    ),
    "replay.go": ("回放", "Replay"),
    "replay.again": ("再回放一次", "Replay again"),
    "replay.working": ("正在回放…", "Replaying …"),
    "replay.source": ("假如没有这个来源", "As if this source had not been there"),
    "replay.source.all": ("所有来源都在", "All sources are there"),
    "replay.relation": ("假如图里多一条关系", "As if the graph had one relation more"),
    "replay.relation.from": ("谁", "Who"),
    "replay.relation.kind": ("怎样依赖", "How it depends"),
    "replay.relation.to": ("依赖谁", "On whom"),
    "replay.relation.hint": ("编号、别名或名称", "Id, alias or name"),
    "replay.kind.DEPENDS_ON": ("依赖", "depends on"),
    "replay.kind.CALLS": ("调用", "calls"),
    "replay.kind.RUNS_ON": ("运行在", "runs on"),
    "replay.kind.USES": ("使用", "uses"),
    "replay.relation.half": (
        "两端都要写，或者都不写。",
        "Name both ends, or neither.",
    ),
    "replay.confirmed": ("人确认的原因：{name}", "The cause, as people confirmed it: {name}"),
    "replay.newest": ("最新一版诊断的首位：{name}", "First in the newest diagnosis: {name}"),
    "replay.external": ("图外原因", "an external cause"),
    "replay.no_fault": ("没有故障", "no fault"),
    "replay.known": (
        "从第 {minute} 分钟起一直知道：它排首位，结论至少是较可能。",
        "Known from minute {minute} on: it stood first and was told as at least likely.",
    ),
    "replay.top": (
        "第 {minute} 分钟排到过首位，但没有站住。",
        "It stood first in minute {minute}, not for good.",
    ),
    "replay.never": ("从来没有排到首位。", "It never stood first."),
    "replay.answer": ("什么时候能知道", "When one could have known"),
    "replay.asked.plain": ("当时的样子", "As it was"),
    "replay.asked.source": ("没有来源 {name}", "Without source {name}"),
    "replay.asked.relation": ("多一条关系 {name}", "With the relation {name}"),
    "replay.minutes": ("逐分钟", "Minute by minute"),
    "replay.wide": ("每步 {n} 分钟", "steps of {n} minutes"),
    "replay.col.asked": ("假设", "Asked"),
    "replay.col.known": ("几分钟起知道", "Known from minute"),
    "replay.col.top": ("第几分钟排首位", "First on top"),
    "replay.col.last": ("最后的把握", "Posterior at the end"),
    "replay.col.minute": ("分钟", "Minute"),
    "replay.col.time": ("时刻", "Time"),
    "replay.col.alerts": ("告警", "Alerts"),
    "replay.col.first": ("首位", "First"),
    "replay.col.posterior": ("把握", "Posterior"),
    "replay.col.status": ("结论", "Status"),
    "replay.col.aim": ("这个原因的把握", "Posterior of the cause"),
}
