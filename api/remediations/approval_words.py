"""The words of the approval page, in Chinese and English."""

from __future__ import annotations

from typing import Final, Literal

Lang = Literal["zh", "en"]

ROLES: Final[dict[str, tuple[str, str]]] = {
    "viewer": ("只读", "viewer"),
    "operator": ("运维值班", "operator on duty"),
    "ops_lead": ("运维主管", "operations lead"),
    "academic_lead": ("教务主管", "academic lead"),
    "platform_owner": ("平台负责人", "platform owner"),
    "admin": ("管理员", "administrator"),
}

STATUSES: Final[dict[str, tuple[str, str]]] = {
    "requested": ("等待同意", "Waiting for agreement"),
    "approved": ("已获同意，等值班执行", "Agreed; the operator may execute"),
    "rejected": ("未获同意", "Not agreed"),
    "expired": ("已过期，没有执行", "Expired; nothing ran"),
    "revoked": ("同意已收回，没有执行", "An approval was taken back; nothing ran"),
    "refused": ("前提或内容变了，没有执行", "Something moved; nothing ran"),
    "running": ("执行中", "Running"),
    "verified": ("已执行，验证通过", "Ran and verified"),
    "rolled_back": ("没有变好，已撤销", "Not better; undone"),
    "held": ("没有变好，停住等人决定", "Not better; held for a person"),
    "escalated": ("已升级给负责人", "Escalated"),
    "unknown": ("结果不明，等人核实", "Outcome unknown; a person must check"),
}

_WORDS: Final[dict[str, tuple[str, str]]] = {
    "waiting": ("等你同意，{role}", "For you, {role}"),
    "plain": ("审批", "Approval"),
    "again": ("再确认一次", "Confirm once more"),
    "again_now": ("刷新", "Refresh"),
    "left": ("还剩 {n} 分钟", "{n} min left"),
    "left_short": ("不到 1 分钟", "Less than 1 min left"),
    "until": ("{clock} 前有效", "valid until {clock}"),
    "effects": ("谁会怎样", "Who is affected, and how"),
    "if_nothing": ("不做会怎样", "If nothing is done"),
    "undo": ("怎么撤销", "How it is undone"),
    "agreed": ("谁已同意", "Who has agreed"),
    "must_agree": ("谁须同意", "Who must agree"),
    "sure": ("有多大把握", "How sure"),
    "sure_line": ("{percent}，{status}。", "{percent}, {status}."),
    "sure_entered": ("其中 {share} 靠人工填写（{by}）。", " {share} of it entered by hand ({by})."),
    "sure_none": ("这份申请没有诊断依据。", "No diagnosis stands behind this request."),
    "you": ("你", "you"),
    "nobody": ("还没有人", "nobody yet"),
    "agree": ("同意", "Agree"),
    "refuse": ("不同意", "Do not agree"),
    "confirm_agree": ("确认同意", "Confirm: agree"),
    "confirm_refuse": ("确认不同意", "Confirm: do not agree"),
    "back": ("返回", "Back"),
    "will_agree": ("你将同意：", "You are about to agree to:"),
    "will_refuse": ("你将不同意：", "You are about to refuse:"),
    "as_whom": ("你以什么身份同意", "In which role you decide"),
    "as_line": ("{name}，{role}。", "{name}, {role}."),
    "last": ("你是最后一位。", " You are the last one."),
    "more": ("之后还缺 {n} 位。", " Still needed after you: {n}."),
    "after": ("同意之后", "After you agree"),
    "after_text": (
        "值班可以执行一次。执行前再查一遍前提，任一不成立就不执行。",
        "The operator may execute it once. Every precondition is checked again before it runs; if "
        "one fails, nothing runs.",
    ),
    "after_refuse": ("不同意之后", "After you refuse"),
    "after_refuse_text": (
        "这份申请就此结束，什么都不会执行；申请人会看到你的理由。",
        "The request ends here and nothing runs; the requester sees your reason.",
    ),
    "code": ("核对码", "Check code"),
    "code_help": ("与值班屏幕上的前八位相同", "the same first eight as on the operator's screen"),
    "note": ("留言，可不填", "Note, optional"),
    "reason": ("理由，必填", "Reason, required"),
    "password": ("再输一次密码", "Your password, once more"),
    "details": ("技术细节", "Technical details"),
    "withdraw": ("收回我的同意", "Take my agreement back"),
    "can_withdraw": ("执行前可在此页收回", "Until it runs you can take it back on this page"),
    "will_run": ("将要执行的内容", "Exactly what will run"),
    "before": ("前提", "Preconditions"),
    "judged": ("怎样算成功", "How success is judged"),
    "fingerprint": ("内容指纹", "Fingerprint"),
    "requester": ("申请人", "Requested by"),
    "refused_by": ("{name}（{role}）不同意：{reason}", "{name} ({role}) did not agree: {reason}"),
    "missing": (
        "没有这份申请，或者你看不到它。",
        "There is no such request, or you may not see it.",
    ),
    "stale": ("页面放久了，请再看一遍后再提交。", "The page had waited too long; look again."),
    "moved": (
        "内容或状态已经变了，什么都没有记下。请再看一遍。",
        "Something changed meanwhile, and nothing was recorded. Please look again.",
    ),
    "twice": (
        "你已经表态过了，每人只能占一个名额。",
        "You have decided already; one entry each.",
    ),
    "wrong_role": ("这一步需要的角色你没有。", "You do not hold a role that this needs."),
    "own_request": ("申请人不能同意自己的申请。", "Who requested it cannot agree to it."),
    "step_up_required": (
        "密码不对或没有填，什么都没有记下。",
        "The password is missing or wrong; nothing was recorded.",
    ),
    "session_required": ("请先登录。", "Sign in first."),
    "gone": ("已经过期，什么都没有记下。", "It has expired; nothing was recorded."),
    "need_reason": ("不同意要写明理由。", "Say why you do not agree."),
    "often": (
        "尝试次数太多，请 {wait_s} 秒后再试。",
        "Too many attempts. Try again in {wait_s} s.",
    ),
    "other": ("English", "中文"),
    "status.conclusive": ("结论明确", "conclusive"),
    "status.likely": ("较可能", "likely"),
    "status.inconclusive": ("证据不足", "inconclusive"),
    "status.healthy": ("未发现故障", "no fault found"),
}


def word(key: str, lang: Lang, **fields: object) -> str:
    """Return a text in one language, its fields filled in."""
    return _WORDS[key][_place(lang)].format(**fields)


def role_name(role: str, lang: Lang) -> str:
    """Name a role."""
    return ROLES[role][_place(lang)]


def status_name(status: str, lang: Lang) -> str:
    """Name the status of a remediation."""
    return STATUSES[status][_place(lang)]


def _place(lang: Lang) -> int:
    return 0 if lang == "zh" else 1
