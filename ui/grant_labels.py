"""Words of grants that need two people: key -> (Chinese, English)."""

from __future__ import annotations

from typing import Final

GRANT_LABELS: Final[dict[str, tuple[str, str]]] = {
    "tab.grants": ("授权", "Grants"),
    "grant.told": ("授权待看 {n}", "Open grants {n}"),
    "admin.role.lead": (
        "用户、令牌和领域包由管理员角色的人改动；授权在这里确认或反对。",
        "Users, tokens and packs are changed by an administrator; grants are confirmed here.",
    ),
    # what it is
    "grant.open": ("等待中的授权 {n}", "Open grants {n}"),
    "grant.none": ("没有等待中的授权", "No grant is open"),
    "grant.none.how": (
        "能审批的角色和管理员要两个人授予：一人申请，另一人确认，15 分钟后生效，期间谁都可以反对。",
        "Approving roles and admins take two people: one asks, another confirms, and 15 minutes "
        "later it takes effect unless somebody objects.",
    ),
    "grant.kind.account": ("新用户 {name}：{roles}", "New user {name}: {roles}"),
    "grant.kind.roles": ("授予 {name}：{roles}", "Grant to {name}: {roles}"),
    "grant.kind.reset": ("重置 {name}\u00a0的密码", "Reset the password of {name}"),
    "grant.kind.lowering": (
        "载入要求更低的领域包 {name}",
        "Load pack {name}, which demands less",
    ),
    "grant.asked": ("{who}\u00a0于 {at} 申请", "asked by {who} at {at}"),
    "grant.agreed": ("{who}\u00a0于 {at} 确认", "confirmed by {who} at {at}"),
    "grant.waits": (
        "等另一位主管或管理员确认，还剩 {span}",
        "waits for another lead or admin, {span} left",
    ),
    "grant.runs": ("{at} 生效，还剩 {span}", "takes effect at {at}, {span} left"),
    "grant.sites": ("只看站点 {names}", "sees only {names}"),
    "grant.why": ("理由：{reason}", "Reason: {reason}"),
    "grant.code": ("内容指纹 {code}", "fingerprint {code}"),
    # what one may do
    "grant.confirm": ("确认授权", "Confirm"),
    "grant.object": ("反对", "Object"),
    "grant.withdraw": ("收回申请", "Withdraw"),
    "grant.dlg.confirm": ("确认授权", "Confirm the grant"),
    "grant.dlg.confirm.text": (
        "你确认之后 15 分钟生效，期间任何一位主管或管理员都能反对。内容指纹 {code}。"
        "请先确认这是 {who}\u00a0本人的意思。",
        "It takes effect 15 minutes after you confirm; until then every lead and admin may object. "
        "Fingerprint {code}. Make sure that {who} really meant it.",
    ),
    "grant.dlg.object": ("反对这项授权", "Object to the grant"),
    "grant.dlg.object.text": (
        "马上停止，不会生效；要再授予就得重新申请。",
        "It stops now and never takes effect; to grant it, somebody asks again.",
    ),
    "grant.dlg.withdraw": ("收回申请", "Withdraw the request"),
    "grant.dlg.withdraw.text": ("不会生效。", "It never takes effect."),
    "grant.dlg.reason": ("理由（必填）", "Reason (needed)"),
    "grant.dlg.leave": ("先不动", "Leave it"),
    "grant.half.first": (
        "{name}\u00a0的密码前一半，只显示这一次。请亲自交给本人；另一半由确认的人交给他。"
        "登录时写成「前一半-后一半」。",
        "First half of the password of {name}, shown this once. Hand it over in person; who "
        "confirms hands over the other. To sign in, write FIRST-SECOND.",
    ),
    "grant.half.second": (
        "{name}\u00a0的密码后一半，只显示这一次。请亲自交给本人，15 分钟后可用；"
        "登录时写成「前一半-后一半」。",
        "Second half of the password of {name}, shown this once. Hand it over in person; it works "
        "in 15 minutes. To sign in, write FIRST-SECOND.",
    ),
    "pack.ask": ("申请载入", "Ask to load it"),
    "pack.ask.need": ("写上理由。", "Give a reason."),
    "pack.asked": (
        "已申请。另一位主管或管理员在「授权」里确认，15 分钟后再载入一次，一天内有效。",
        "Asked. Another lead or admin confirms under Grants; load it again 15 minutes later, "
        "within a day.",
    ),
    # asking
    "grant.ask": ("申请授权", "Ask for a grant"),
    "grant.ask.what": ("要做什么", "What for"),
    "grant.ask.account": ("新用户", "New user"),
    "grant.ask.roles": ("加角色", "Add roles"),
    "grant.ask.reset": ("重置密码", "Reset password"),
    "grant.ask.name": ("名字（拉丁字母、数字和 _ . @ -）", "Name (letters, digits and _ . @ -)"),
    "grant.ask.user": ("用户", "User"),
    "grant.ask.admin": ("管理员的名字", "Name of the admin"),
    "grant.ask.roles.which": ("角色", "Roles"),
    "grant.ask.reason": ("理由", "Reason"),
    "grant.ask.do": ("提出申请", "Ask"),
    "grant.ask.need": (
        "写上名字和理由；新用户和加角色至少选一个角色。",
        "Give a name and a reason; a new user or added roles need at least one role.",
    ),
    "grant.ask.lead": (
        "授权由管理员申请。管理员忘了密码时，你可以替他申请重置。",
        "Admins ask for grants. Where an admin forgot the password, you may ask for a reset.",
    ),
    # taking
    "grant.take": ("收回角色", "Take a role"),
    "grant.take.how": (
        "一个人就能做，马上生效。",
        "One person may do this; it acts at once.",
    ),
    "grant.take.role": ("角色", "Role"),
    "grant.take.do": ("收回角色", "Take role"),
    "grant.take.done": ("{name}\u00a0已没有「{role}」。", "{name} is no {role} any more."),
    "grant.dlg.take": ("收回角色", "Take a role"),
    "grant.dlg.take.text": (
        "{name}\u00a0马上不再是「{role}」，已打开的页面也一样。要再授予可能要两个人。",
        "{name} is no {role} from now on, in open pages too. Granting it again may take two "
        "people.",
    ),
    # how they ended
    "grant.past": ("最近了结的授权 {n}", "Recently settled grants {n}"),
    "grant.past.none": ("还没有了结的授权。", "No grant was settled yet."),
    "grant.what": ("内容", "What"),
    "grant.outcome": ("结果", "Outcome"),
    "grant.by": ("谁", "Who"),
    "grant.when": ("时间", "When"),
    "grant.status.effective": ("已生效", "in force"),
    "grant.status.objected": ("被反对", "objected to"),
    "grant.status.withdrawn": ("已收回", "withdrawn"),
    "grant.status.expired": ("24 小时无人确认，已过期", "expired: nobody confirmed in 24 hours"),
    "grant.status.voided": ("作废", "voided"),
    "grant.status.used": ("已生效，已载入", "in force, and loaded"),
    "grant.lowers": ("降低的要求", "What is lowered"),
    # the audit log
    "audit.grant_asked": ("申请授权", "asked for a grant"),
    "audit.grant_confirmed": ("确认授权", "confirmed a grant"),
    "audit.grant_objected": ("反对授权", "objected to a grant"),
    "audit.grant_withdrawn": ("收回授权申请", "withdrew a grant"),
    "audit.grant_expired": ("授权申请过期", "a grant expired"),
    "audit.grant_voided": ("授权作废", "a grant was voided"),
    "audit.grant_effective": ("授权生效", "a grant took effect"),
    "audit.grant_used": ("按授权载入了领域包", "loaded a pack by a grant"),
    "audit.roles_given": ("给了角色", "gave roles"),
    "audit.role_taken": ("收回角色", "took a role"),
    "audit.user_added": ("添加用户", "added a user"),
    "audit.user_reset": ("重置密码", "reset a password"),
    "audit.password_changed": ("改了自己的密码", "changed the own password"),
    "audit.sessions_ended": ("退出了自己的其他登录", "signed the own other sessions out"),
    "audit.token_created": ("新建令牌", "made a token"),
    "audit.token_revoked": ("吊销令牌", "revoked a token"),
    "audit.set_up_sealed": ("初始设置已封存", "sealed the set-up"),
}
