"""Words of the feedback line, of what was ruled out and of the postmortem draft."""

from __future__ import annotations

from typing import Final

FEEDBACK_LABELS: Final[dict[str, tuple[str, str]]] = {
    "ruled": ("已排除", "Ruled out"),
    "feedback.ask": ("这次诊断对吗？", "Was this diagnosis right?"),
    "feedback.right": ("对", "Right"),
    "feedback.near": ("差一点", "Not quite"),
    "feedback.wrong": ("不对", "Wrong"),
    "feedback.cause": ("真正的原因", "The right cause"),
    "feedback.cause.find": ("输入名称或编号查找", "Type a name or an id"),
    "feedback.cause.need": ("请选一个组件。", "Choose a component."),
    "feedback.kind.need": ("请选差在哪里。", "Choose what was missed."),
    "feedback.kind": ("差在哪里", "What was missed"),
    "feedback.note": ("说明（可不填）", "Note (optional)"),
    "feedback.provisional": ("还不能确定", "Not certain yet"),
    "feedback.save": ("记录", "Save"),
    "feedback.role": (
        "反馈需要运维值班或主管的角色。",
        "Feedback needs the role of an operator or a lead.",
    ),
    "feedback.modelled": ("原因是 {names}", "the cause is {names}"),
    "feedback.is.missing_component": ("图里缺这个组件", "The graph lacks the component"),
    "feedback.is.missing_fault_mode": ("图里缺这种故障模式", "The graph lacks the fault mode"),
    "feedback.is.missing_relation": ("图里缺这条关系", "The graph lacks the relation"),
    "feedback.is.external": ("图外原因", "External cause"),
    "feedback.is.no_fault": ("没有故障", "There was no fault"),
    "feedback.is.unknown": ("不明", "Unknown"),
    "feedback.said": ("{said}（{name}，{at}）", "{said} ({name}, {at})"),
    "feedback.said.provisional": (
        "{said}，还不能确定（{name}，{at}）",
        "{said}, not certain yet ({name}, {at})",
    ),
    "feedback.confirmed": ("反馈已确认", "Feedback confirmed"),
    "feedback.open": ("反馈待定", "Feedback not settled"),
    "feedback.second": ("反馈等第二个人确认", "Feedback waits for a second person"),
    "feedback.failed": (
        "反馈没有记下，请再试一次。",
        "The feedback was not saved; try again.",
    ),
    "graph.tab.draft": ("复盘稿", "Postmortem"),
    "draft.incident": ("事件", "Incident"),
    "draft.download": ("下载草稿", "Download the draft"),
    "draft.none": ("还没有事件可以复盘", "No incident to look back on"),
    "draft.none.how": (
        "有了事件，这里会从台账写出初稿。",
        "Once there is one, a draft from its ledger stands here.",
    ),
    "time.feedback": ("{name}\u00a0反馈", "{name} gave feedback"),
    "audit.feedback_given": ("反馈诊断结果", "gave feedback on the diagnosis"),
}
