"""Words of taking back, of temporary measures and of the change of shift: key -> (zh, en)."""

from __future__ import annotations

from typing import Final

MEASURE_LABELS: Final[dict[str, tuple[str, str]]] = {
    # on the approvals page
    "act.undo": ("撤回", "Take it back"),
    "act.undo.request": ("申请撤回", "Request to take it back"),
    "act.ending": ("不再是临时措施", "No longer temporary"),
    "dlg.undo": ("撤回这次处置", "Take this action back"),
    "dlg.undo.text": (
        "当时的同意已包括撤回。如果角色、执行器或情况没有变，现在就撤回一次；变了就成为一份新的申请，"
        "要重新同意。",
        "The agreement covered the way back. If roles, executor and situation are the same it is "
        "taken back now, once; otherwise this becomes a new request to agree to.",
    ),
    "dlg.undo.measure": (
        "撤回临时措施是一份新的申请，同样的角色要重新同意，然后才执行。",
        "Taking a temporary measure back is a new request: the same roles must agree before it "
        "runs.",
    ),
    "dlg.ending": ("了结临时措施", "End the temporary measure"),
    "dlg.ending.text": (
        "只是记录，什么都不会执行。它会从交接清单里消失，你的理由留在审计日志里。",
        "This only records; nothing runs. It leaves the handover list, and your reason stays in "
        "the audit log.",
    ),
    "dlg.ending.how": ("现在是什么情况", "How it stands now"),
    "ending.permanent": ("改为长期，不再撤回", "It stays for good"),
    "ending.by_hand": ("已由人撤回", "It was undone by hand"),
    "ending.taken_back": ("已撤回并验证", "Taken back, and verified"),
    "done.undo_running": ("已开始撤回。", "It is being taken back."),
    "done.undo_asked": (
        "撤回的申请已提出，等人同意。",
        "The way back is requested, and waits for agreement.",
    ),
    "measure.is": (
        "临时措施，由 {name} 看管，{at} 起",
        "Temporary measure, kept by {name}, since {at}",
    ),
    "measure.left": ("{at} {how}，{name}", "{how}, {at}, {name}"),
    "measure.undoes": ("这是一次撤回", "This takes an earlier action back"),
    "measure.undoes.see": ("看原来的处置", "See the earlier action"),
    "fail.choice": ("请先选一项。", "Choose one first."),
    "fail.often": (
        "被拒绝的尝试太多，请稍后再试。",
        "Too many refused attempts; try again in a moment.",
    ),
    # in the audit log
    "audit.undo_asked": ("要求撤回", "had it taken back"),
    "audit.measure_ended": ("了结临时措施", "ended a temporary measure"),
    "audit.measure_handed_over": ("接手临时措施", "took over a temporary measure"),
    "audit.handover_accepted": ("接班", "took over the shift"),
    "audit.pack_loaded": ("更新领域包", "loaded a pack"),
    # at the change of shift
    "handover.line": (
        "交接：临时措施 {temporary} 项，等待同意 {waiting} 项，未了结 {unsettled} 项",
        "Handover: temporary measures {temporary}, waiting {waiting}, not settled {unsettled}",
    ),
    "handover.temporary": ("临时措施，记得撤回", "Temporary measures, to be taken back"),
    "handover.waiting": ("等待同意", "Waiting for agreement"),
    "handover.unsettled": ("正在执行或结果未定", "Running, or not settled"),
    "handover.none": ("没有", "None"),
    "handover.owner": ("{name}，{at} 起", "{name}, since {at}"),
    "handover.age": ("已 {age}", "for {age}"),
    "handover.overdue": ("已过一个班次", "longer than a shift"),
    "handover.to": ("可交给 {names}", "Can be handed to {names}"),
    "handover.to.more": (
        "可交给 {names} 等 {n} 人",
        "Can be handed to {names} and others, {n} in all",
    ),
    "handover.see": ("撤回或了结", "Take back or end"),
    "handover.accept": ("由 {name} 接班", "{name} takes over"),
    "handover.accepted": ("接班已记录。", "Your taking over is recorded."),
}
