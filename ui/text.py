"""Every word that the screens say, in Chinese and English; ids and names come from the data.

Words follow docs/glossary.md: 未发现故障, 证据不足, 图外原因, 把握, 平时概率.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from graph.model.base import Text
from ui.format import Lang

LABELS: Final[dict[str, tuple[str, str]]] = {
    # frame
    "brand": ("溯因", "Etiograph"),
    "page.board": ("值班台", "Duty board"),
    "page.diagnosis": ("诊断", "Diagnosis"),
    "lang.name": ("中文", "English"),
    "sign.out": ("退出登录", "Sign out"),
    "sign.in": ("登录", "Sign in"),
    "sign.in.why": ("登录后才能看到事件和诊断。", "Sign in to see incidents and diagnoses."),
    "skip": ("跳到处置", "Skip to the next check"),
    "offline": (
        "连不上服务，画面停在 {at}。",
        "The service does not answer; this picture is from {at}.",
    ),
    "offline.first": (
        "连不上服务，还没有可显示的画面。5 秒后再试。",
        "The service does not answer and there is no picture yet. Trying again in 5 s.",
    ),
    "offline.why": (
        "连不上服务，暂时不能写入",
        "The service does not answer; nothing can be saved",
    ),
    "error.forbidden": ("你的角色不能看或改这里。", "Your role may not read or change this."),
    "error.missing": (
        "没有这个事件，或者你看不到它。",
        "There is no such incident, or you may not see it.",
    ),
    "error.busy": ("请求太多，稍等片刻会再试。", "Too many requests; trying again shortly."),
    "error.other": (
        "服务没有接受这次请求，5 秒后再试。",
        "The service refused this request; trying again in 5 s.",
    ),
    "loading": ("正在读取", "Loading"),
    "role.viewer": ("只读", "viewer"),
    "role.operator": ("运维值班", "operator on duty"),
    "role.ops_lead": ("运维主管", "operations lead"),
    "role.academic_lead": ("教务主管", "academic lead"),
    "role.platform_owner": ("平台负责人", "platform owner"),
    "role.admin": ("管理员", "administrator"),
    # urgency and state
    "P0": ("影响考试/学分", "exam or credits"),
    "P1": ("影响学习", "study"),
    "P2": ("性能下降", "slower"),
    "P3": ("预警", "early warning"),
    "state.open": ("未认领", "unclaimed"),
    "state.acknowledged": ("已认领", "acknowledged"),
    "state.mitigating": ("处置中", "mitigating"),
    "state.watching": ("观察中", "watching"),
    "state.resolved": ("已恢复", "resolved"),
    "state.closed": ("已关闭", "closed"),
    "status.conclusive": ("结论明确", "Conclusive"),
    "status.likely": ("较可能", "Likely"),
    "status.inconclusive": ("证据不足", "Inconclusive"),
    "status.healthy": ("未发现故障", "No fault found"),
    "status.settling": ("仍在变化", "Still changing"),
    "status.pending": ("正在诊断", "Being diagnosed"),
    "kind.external": ("图外原因", "External cause"),
    "kind.healthy": ("未发现故障", "No fault found"),
    # heading
    "since": ("{at} 起，已 {span}", "Since {at}, {span}"),
    "alerts": ("告警 {n} 条", "{n} alerts"),
    "alerts.one": ("告警 {n} 条", "{n} alert"),
    "rule": ("{level} 依据：{why}", "{level} because: {why}"),
    "owner": ("负责人\u00a0{name}", "Owner {name}"),
    "unowned": ("无人认领", "Nobody owns it"),
    "claim": ("认领事件", "Claim this incident"),
    "claim.title": ("处置", "Action"),
    "claim.who": (
        "还没有人负责这个事件。认领后，值班台会显示你的名字。",
        "Nobody owns this incident yet. Once you claim it, the duty board shows your name.",
    ),
    "claim.settling": (
        "结论仍在变化。先认领，再做下面的检查。",
        "The diagnosis is still changing. Claim it first, then do the check below.",
    ),
    "claim.role": (
        "认领需要运维值班或主管的角色。",
        "Claiming needs the role of an operator or a lead.",
    ),
    "claim.moved": (
        "事件刚被别人改过，已显示最新状态。",
        "Somebody else just changed this incident; the newest state is shown.",
    ),
    # ribbon
    "step.broken": ("断在这里", "broken here"),
    "step.degraded": ("受损", "degraded"),
    "step.unsure": ("说不准", "cannot tell"),
    "step.clear": ("未见异常", "no sign"),
    "step.p": ("受损概率 {p}", "P(degraded) {p}"),
    "step.no_p": ("没有涉及它的证据", "no evidence touches it"),
    "people.about": ("{n} 人", "{n} people"),
    "people.atleast": ("至少 {n} 人", "At least {n} people"),
    "people.estimated": ("（估计）", " (estimated)"),
    "people.growing": ("（估计，仍在增加）", " (estimated, still growing)"),
    "people.known": ("（已知）", " (known)"),
    "people.regions": ("，{names}", ", {names}"),
    "people.more": ("等 {n} 个区域", " and {n} regions in all"),
    "people.tiers": ("，涉及 {names}", ", at {names}"),
    "people.courses": ("；课程 {n} 门", "; {n} courses"),
    "people.credits": ("；{names}学分", "; {names} credit"),
    "people.none": ("没有人受影响的迹象", "No sign that anybody is hit"),
    "tier.tertiary": ("三级医院", "tertiary hospitals"),
    "tier.secondary": ("二级医院", "secondary hospitals"),
    "tier.county": ("县级医院", "county hospitals"),
    "tier.primary": ("基层医院", "primary care"),
    "credit.class-1": ("I 类", "class I"),
    "credit.class-2": ("II 类", "class II"),
    # banner
    "lost": ("{name} 监控失联，不代表正常。", "Monitoring of {name} is lost; that is not healthy."),
    "lost.last": (
        "最后心跳 {at}，那里的安静不当作证据。",
        "Last heartbeat {at}; its silence is not used as evidence.",
    ),
    "lost.never": (
        "没有收到过心跳，那里的安静不当作证据。",
        "No heartbeat was ever received; its silence is not used as evidence.",
    ),
    # verdict
    "posterior": ("把握", "Confidence"),
    "posterior.top": ("首位把握", "Top confidence"),
    "verdict.conclusive": ("原因是 {name}。", "The cause is {name}."),
    "verdict.likely": ("最可能是 {name}。", "Most likely {name}."),
    "verdict.inconclusive": (
        "证据不足，暂时排在首位的是 {name}。",
        "Not enough evidence; first for now is {name}.",
    ),
    "verdict.settling": (
        "还不能定论。暂时排在首位的是 {name}。",
        "Too early to tell. First for now is {name}.",
    ),
    "verdict.external": (
        "最可能是图外原因，不在这张图的组件里。",
        "Most likely an external cause, outside the components of this graph.",
    ),
    "verdict.healthy": (
        "未发现故障，告警更像噪声或正常波动。",
        "No fault found; the alerts look like noise or normal load.",
    ),
    "why": ("为什么不敢更肯定：", "Why not surer: "),
    "why.settling": ("为什么不敢定：", "Why it is open: "),
    "why.pending": ("{n} 条告警还没算进来", "{n} alerts are not included yet"),
    "why.mapped": ("{p} 的告警对不上图里的组件", "{p} of the alerts match no component"),
    "why.unexplained": ("{p} 的告警它解释不了", "it leaves {p} of the alerts unexplained"),
    "why.lost": (
        "{name} 监控失联，不代表正常",
        "monitoring of {name} is lost, which is not healthy",
    ),
    "why.unobserved": ("{n} 处没看到：{text}", "{n} not observed: {text}"),
    "why.against": ("反对的证据：{text}", "evidence against: {text}"),
    "why.rival": ("{name} 也有 {p}", "{name} stands at {p}"),
    "why.loopy": ("本次为近似计算", "this run is an approximation"),
    "why.separator": ("；", "; "),
    "why.end": ("。", "."),
    "meta.top": ("首位 {span}未变", "Top unchanged for {span}"),
    "meta.changed": ("首位 {span}前刚换过", "Top changed {span} ago"),
    "meta.changed.now": ("首位刚刚换过", "Top changed just now"),
    "meta.included": ("已计入 {n} / {all} 条", "{n} / {all} alerts included"),
    "meta.mapped": ("对得上图 {p}", "{p} mapped"),
    "meta.revision": ("第 {n} 版 {at}", "revision {n}, {at}"),
    # settling
    "cover.included": ("已计入告警", "Alerts included"),
    "cover.mapped": ("对得上图", "Mapped"),
    "cover.mapped.low": ("{p}，低于 {line} 线", "{p}, below the {line} line"),
    "cover.explained": ("能解释", "Explained"),
    "changed.times": ("首位换过 {n} 次", "Changes of the top cause: {n}"),
    "changed.note": (
        "近 10 分钟内；连续 3 分钟不变才算稳定",
        "in the last 10 minutes; 3 minutes without change count as stable",
    ),
    "changed.from": ("{at} 起", "from {at}"),
    # causes
    "causes": ("可能原因", "Possible causes"),
    "causes.note": (
        "各自的把握，合计不必是 100%；刻线是平时概率",
        "each on its own, need not sum to 100%; notches mark the usual rate",
    ),
    "causes.note.delta": (
        "箭头是与上一版相比的百分点；刻线是平时概率",
        "arrows are points against the revision before; notches mark the usual rate",
    ),
    "causes.prior": ("平时 {p}", "usually {p}"),
    "causes.others": ("其余 {n} 个组件，各不到 {p}", "{n} more components, each below {p}"),
    "causes.moved": ("顺序有变，点此更新", "The order changed; update it"),
    "causes.show": ("显示", "Show"),
    "causes.hide": ("收起", "Hide"),
    "evidence.for": ("支持", "For"),
    "evidence.against": ("反对", "Against"),
    "evidence.unobserved": ("没看到", "Not observed"),
    "evidence.none": ("没有", "none"),
    "evidence.more": ("另有 {n} 条", "{n} more"),
    "evidence.weight": ("权重：每 +1 为 10 倍", "weight: each +1 is ten times stronger"),
    "evidence.path": ("路径：{path}", "path: {path}"),
    # check
    "check": ("下一步检查", "Next check"),
    "check.note": ("第 1 项，共 {n} 项，约 {minutes}", "1 of {n}, about {minutes}"),
    "check.command": ("复制命令", "Copy command"),
    "check.none": ("没有更好的检查可做。", "No check would tell more."),
    # knowledge
    "sop": ("SOP 步骤", "SOP steps"),
    "sop.match": ("匹配度 {score}", "match {score}"),
    "section.symptoms": ("症状", "Symptoms"),
    "section.scope": ("范围", "Scope"),
    "section.diagnosis": ("诊断", "Diagnosis"),
    "section.remediation": ("处置", "Remediation"),
    "section.verification": ("验证", "Verification"),
    "section.rollback": ("回退", "Rollback"),
    "section.escalation": ("升级", "Escalation"),
    "cases": ("相似案例", "Similar cases"),
    "cases.note": ("时间为开始到恢复", "minutes from start to repair"),
    "outcome.worked": ("有效", "worked"),
    "outcome.partly": ("部分有效", "partly"),
    "outcome.failed": ("无效", "no help"),
    "case.outcome": ("{outcome}，{minutes}", "{outcome}, {minutes}"),
    # map
    "map": ("关系图", "Map"),
    "map.note": ("{n} / {all} 个组件，按层排列", "{n} of {all} components, by layer"),
    "map.table": ("改看表格", "Show as table"),
    "map.picture": ("改看图", "Show as map"),
    "layer.step": ("流程步骤", "Flow"),
    "layer.service": ("服务", "Service"),
    "layer.storage": ("数据与缓存", "Data"),
    "layer.node": ("节点与主机", "Node"),
    "layer.network": ("网络", "Network"),
    "map.layer": ("层", "Layer"),
    "map.component": ("组件", "Component"),
    "map.state": ("状态", "State"),
    "map.needs": ("依赖", "Depends on"),
    "map.top": ("首位原因", "top cause"),
    # timeline
    "timeline": ("时间线", "Timeline"),
    "lane.alerts": ("告警", "Alerts"),
    "lane.changes": ("变更", "Changes"),
    "lane.top": ("首位原因", "Top cause"),
    "lane.people": ("人", "People"),
    "time.onset": ("最早征兆 {at}", "first onset {at}"),
    "time.now": ("现在 {at}", "now {at}"),
    "time.total": ("共 {n} 条", "{n} in all"),
    "time.owned": ("{name}\u00a0认领", "{name} owns it"),
    "time.opened": ("{name}\u00a0打开", "{name} opened it"),
    "time.state": ("{name}：{state}", "{name}: {state}"),
    # engine
    "engine.line": (
        "算法 {method}，{ms} 毫秒，考虑 {n} 个组件。",
        "Method {method}, {ms} ms, {n} components considered.",
    ),
    "engine.exact": ("结果为精确值。", "The result is exact."),
    "engine.approximate": ("结果为近似值。", "The result is an approximation."),
    # board
    "board.open": ("未关闭事件 {n}", "Open incidents {n}"),
    "board.order": ("先按紧急程度，再按时长", "by urgency, then by age"),
    "board.empty": ("现在没有未关闭事件", "There is no open incident"),
    "board.empty.how": (
        "告警经 Alertmanager 的 webhook 进来后，事件会出现在这里。",
        "Incidents appear here when alerts arrive by the webhook of Alertmanager.",
    ),
    "filter": ("筛选", "Filter"),
    "filter.all": ("全部", "All"),
    "filter.mine": ("我的", "Mine"),
    "filter.unowned": ("未认领", "Unclaimed"),
    "filter.none": ("没有符合筛选的事件", "No incident matches this filter"),
    "col.urgency": ("紧急", "Level"),
    "col.incident": ("事件", "Incident"),
    "col.step": ("断在哪一步", "Broken step"),
    "col.people": ("影响", "Impact"),
    "col.cause": ("最可能原因，把握", "Top cause, confidence"),
    "col.status": ("状态", "Status"),
    "col.owner": ("负责人", "Owner"),
    "col.age": ("时长", "Age"),
    "row.alerts": ("{n} 条告警", "{n} alerts"),
    "row.alerts.one": ("{n} 条告警", "{n} alert"),
    "row.step.broken": ("断在{name}", "{name} broken"),
    "row.step.degraded": ("{name}受损", "{name} degraded"),
    "row.step.unsure": ("{name}说不准", "{name}: cannot tell"),
    "row.step.clear": ("无影响", "no impact"),
    "row.regions": ("{n} 个区域", "{n} regions"),
    "row.regions.one": ("{n} 个区域", "{n} region"),
    "row.people": ("{n} 人", "{n}"),
    "row.unowned": ("无人", "nobody"),
    "calendar.day": ("第 {day} 天", "day {day}"),
    "calendar.of": ("共 {days} 天", "of {days}"),
    "calendar.exams": ("今晚考 {n} 场", "{n} exams tonight"),
    "calendar.peak": ("高峰 {from_}–{to}，现在 {now}", "peak {from_}–{to}, now {now}"),
    "calendar.now": ("现在 {now}", "now {now}"),
    "engine.ok": ("诊断引擎正常", "Diagnosis engine answers"),
    "engine.last": ("最近一次 {ms} 毫秒", "last run {ms} ms"),
    "engine.down": ("诊断引擎没有回应", "Diagnosis engine does not answer"),
    "engine.lost": ("{name} 监控失联，不代表正常", "{name}: monitoring lost, not healthy"),
    "engine.sources": ("其余 {n} 个来源有信号", "{n} other sources send signals"),
    "engine.source": ("{n} 个来源有信号", "{n} sources send signals"),
    "engine.oldest": ("最旧 {span}前", "oldest {span} ago"),
    "noise": ("噪声 {n} 条，{groups} 组", "Noise {n} in {groups} groups"),
    "noise.none": ("没有噪声", "No noise"),
    "quarantined": ("看不懂的告警 {n} 条", "{n} alerts not understood"),
    "quarantined.one": ("看不懂的告警 {n} 条", "{n} alert not understood"),
    "board.updated": ("{at} 更新，每 5 秒一次", "Updated {at}, every 5 s"),
    "board.included": (
        "已计入 {n} 条告警，等待 {waiting} 条",
        "{n} alerts included, {waiting} waiting",
    ),
}


# Where a filled value meets the text: a space there parts Han from Latin, but not Han from Han
# (round the names of people it stays: those labels hold a no-break space).
_EDGE: Final = "\ue000"
_HAN: Final = "[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]"
_HAN_GAP: Final = re.compile(f"(?<={_HAN}) (?={_EDGE}{_HAN})|(?<={_HAN}{_EDGE}) (?={_HAN})")


def say(lang: Lang, key: str, **fields: str) -> str:
    """Return a label in a language, its `{fields}` filled with plain text; `n` 1 is singular."""
    one = fields.get("n") == "1" and f"{key}.one" in LABELS
    chinese, english = LABELS[f"{key}.one" if one else key]
    if lang == "en":
        return english.format(**fields)
    marked = {name: f"{_EDGE}{value}{_EDGE}" for name, value in fields.items()}
    return _HAN_GAP.sub("", chinese.format(**marked)).replace(_EDGE, "")


def pick(text: Text, lang: Lang) -> str:
    """Choose the language of a text that came with the data."""
    return text.zh if lang == "zh" else text.en


def paired(key: str, **fields: str) -> Text:
    """Return a label in both languages, its `{fields}` filled with plain text."""
    return Text(zh=say("zh", key, **fields), en=say("en", key, **fields))


def labelled(group: str, codes: Iterable[str]) -> tuple[Text, ...]:
    """Name codes of a group that have a label, in order; others are left out, never shown raw."""
    known = (f"{group}.{code}" for code in codes)
    return tuple(paired(key) for key in known if key in LABELS)


def listed(names: list[str], lang: Lang) -> str:
    """Join names as a list is read: 、 in Chinese, a comma in English."""
    return ("、" if lang == "zh" else ", ").join(names)
