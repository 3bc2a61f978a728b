"""Words of the calibration tab: how well stated probabilities held."""

from __future__ import annotations

from typing import Final

CALIBRATION_LABELS: Final[dict[str, tuple[str, str]]] = {
    "tab.calibration": ("校准", "Calibration"),
    "cal.title": ("说的把握，有多少次是对的", "How often what was said was right"),
    "cal.how": (
        "只算已确认原因的事件，比对的是有人说出原因之前最后一版诊断的首位。",
        "Incidents with a confirmed cause, each judged by what stood first in the last revision "
        "before anybody said what it was.",
    ),
    "cal.none": (
        "还没有已确认原因的事件。在诊断页下方说「对」或「不对」，这里就会有数。",
        "No incident has a confirmed cause yet. Say right or wrong below a diagnosis, and it "
        "counts here.",
    ),
    "cal.few": (
        "只有 {n} 个事件，百分比说明不了什么，请看次数。",
        "There are {n} incidents only: look at the counts, a share tells little.",
    ),
    "cal.few.one": (
        "只有 1 个事件，百分比说明不了什么，请看次数。",
        "There is 1 incident only: look at the counts, a share tells little.",
    ),
    "cal.cases": ("已确认的事件", "Confirmed incidents"),
    "cal.first": ("首位就是原因", "Cause stood first"),
    "cal.three": ("前三位里有", "Among the first three"),
    "cal.abstained": ("说了证据不足", "Said not enough evidence"),
    "cal.committed": ("没说证据不足时，首位是对的", "Right when it did not abstain"),
    "cal.brier": ("Brier 分数（0 最好）", "Brier score (0 is best)"),
    "cal.error": ("校准误差（0 最好）", "Calibration error (0 is best)"),
    "cal.left_out": (
        "另有 {n} 个确认了，但没有哪一行能说中它。",
        "{n} more are confirmed as what no row could have named.",
    ),
    "cal.left_out.one": (
        "另有 1 个确认了，但没有哪一行能说中它。",
        "1 more is confirmed as what no row could have named.",
    ),
    "cal.line": (
        "说 {low}–{high}%：{n} 次，{right} 次是对的",
        "Said {low}–{high}%: {n} times, {right} right",
    ),
    "cal.line.one": (
        "说 {low}–{high}%：1 次，{right} 次是对的",
        "Said {low}–{high}%: once, {right} right",
    ),
    "cal.picture": (
        "横轴是说的把握，纵轴是实际对的比例；虚线上就是说多少是多少。",
        "Across: what was said. Up: the share that was right. On the dashed line both agree.",
    ),
    "cal.x": ("说的把握", "Said"),
    "cal.y": ("实际对的", "Right"),
    "cal.stated": ("● 说的", "● As said"),
    "cal.mapped": ("□ 修正后（没见过的事件）", "□ After the map (unseen incidents)"),
    "cal.col.said": ("说的把握", "Said"),
    "cal.col.times": ("次数", "Times"),
    "cal.col.right": ("对的次数", "Right"),
    "cal.col.share": ("实际", "Share"),
    "cal.col.interval": ("95% 区间", "95% interval"),
    "cal.modes": ("按故障模式", "By fault mode"),
    "cal.col.mode": ("故障模式", "Fault mode"),
    "cal.map": ("把握的修正", "Recalibration"),
    "cal.map.waits": (
        "要有 {fewest} 个已确认的事件才能算，现在有 {n} 个。在那以前一律按说的显示。",
        "It takes {fewest} confirmed incidents; there are {n}. Until then all is shown as said.",
    ),
    "cal.map.ready": (
        "从 {n} 个事件里学到一条只升不降的曲线：不会改变原因的先后。误差在每次没见过的事件上量："
        "修正前 {before}，修正后 {after}。",
        "A rising curve learnt from {n} incidents; it never changes the order of causes. Error on "
        "incidents that it has not seen: {before} as said, {after} after.",
    ),
    "cal.map.on": (
        "已打开：诊断页在把握旁边显示修正后的数。{by} 于 {at} 打开。",
        "On: the diagnosis page shows the recalibrated figure beside. Turned on by {by}, {at}.",
    ),
    "cal.map.off": ("没有打开：一律按说的显示。", "Off: all is shown as said."),
    "cal.map.turn_on": ("打开修正", "Turn it on"),
    "cal.map.turn_off": ("关闭修正", "Turn it off"),
    "cal.map.role": ("打开或关闭需要管理员。", "An admin turns it on or off."),
    "cal.report": ("双周报", "Fortnightly report"),
    "cal.report.how": (
        "准确率、召回率、满意度和校准，与前两周相比。",
        "Accuracy, recall, satisfaction and calibration, beside the fortnight before.",
    ),
    "cal.report.show": ("看全文", "Read it"),
    "cal.report.save": ("下载双周报", "Download it"),
    "meta.recalibrated": (
        "按 {n} 个已确认的事件修正：{p}",
        "recalibrated by {n} confirmed incidents: {p}",
    ),
}
