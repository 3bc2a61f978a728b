"""Words of the two small forms: what somebody did by hand, and what people say."""

from __future__ import annotations

from typing import Final

BY_HAND_LABELS: Final[dict[str, tuple[str, str]]] = {
    "hand.do": ("登记手动操作", "Note what you did by hand"),
    "hand.how": (
        "您动过什么，会作为变更计入诊断：它可能是原因，也可能解释后来的告警。",
        "What you touched counts as a change: it may be a cause, or explain later alerts.",
    ),
    "hand.target": ("对哪个组件", "Which component"),
    "hand.target.find": ("输入名称或编号查找", "Type a name or an id"),
    "hand.target.need": ("请选一个组件。", "Choose a component."),
    "hand.what": ("做了什么", "What was done"),
    "hand.what.need": ("请写做了什么。", "Say what was done."),
    "hand.minutes": ("几分钟前做的（刚刚填 0）", "How many minutes ago (0: just now)"),
    "hand.save": ("登记", "Note it"),
    "hand.role": (
        "登记手动操作需要运维值班或主管的角色。",
        "Noting what was done needs the role of an operator or a lead.",
    ),
    "hand.line": ("{at} {by} 对 {name} 做了：{what}", "{at} {by}, {name}: {what}"),
    "hand.noted": ("手动操作", "Done by hand"),
    "hand.unverified": ("未核实", "not verified"),
    "hand.verified": ("{by}\u00a0已核实", "verified by {by}"),
    "hand.withdrawn": ("{by}\u00a0已撤回，不再计入", "taken back by {by}, counts no more"),
    "hand.verify": ("核实", "Vouch for it"),
    "hand.withdraw": ("撤回", "Take back"),
    "time.hand.verified": ("{name}\u00a0核实手动操作", "{name} vouched for work by hand"),
    "time.hand.withdrawn": ("{name}\u00a0撤回手动操作", "{name} took back work by hand"),
    "audit.action_taken": ("登记手动操作", "noted work done by hand"),
    "audit.action_verified": ("核实手动操作", "vouched for work done by hand"),
    "audit.action_withdrawn": ("撤回手动操作", "took back work done by hand"),
    "report.do": ("登记用户反映", "Note what users say"),
    "report.how": (
        "电话和工单里听到的，会当作一条告警计入；没有人来电不算证据。",
        "Calls and tickets count like an alert; that nobody calls is no evidence.",
    ),
    "report.step": ("哪一步有问题", "Which step fails"),
    "report.region": ("哪个区域", "Which region"),
    "report.carrier": ("哪个运营商", "Which carrier"),
    "report.carrier.any": ("不清楚", "Not known"),
    "carrier.telecom": ("电信", "Telecom"),
    "carrier.mobile": ("移动", "Mobile"),
    "carrier.unicom": ("联通", "Unicom"),
    "carrier.education": ("教育网", "Education network"),
    "carrier.cernet": ("教育网", "CERNET"),
    "report.count": ("十分钟内有几个人", "How many people in ten minutes"),
    "report.save": ("登记", "Note it"),
    "report.carrier.need": ("这个区域要选一个运营商。", "Choose a carrier for this region."),
    "report.joined": ("已记录，计入 {n} 个事件。", "Noted; it joined {n} incidents."),
    "report.joined.one": ("已记录，计入 1 个事件。", "Noted; it joined 1 incident."),
    "report.waits": (
        "已记录，目前和任何事件都对不上。",
        "Noted; it belongs to no incident so far.",
    ),
}
