"""Words of the page of the own account: key -> (Chinese, English)."""

from __future__ import annotations

from typing import Final

ACCOUNT_LABELS: Final[dict[str, tuple[str, str]]] = {
    "page.account": ("我的账号", "My account"),
    "account.roles": ("角色", "Roles"),
    "account.sites": ("可见站点", "Sites"),
    "account.since": ("建立", "Since"),
    "account.roles.none": ("没有角色", "no role"),
    # password
    "password.title": ("改密码", "Change the password"),
    "password.current": ("现在的密码", "Present password"),
    "password.new": ("新密码（至少 {n} 个字符）", "New password (at least {n} characters)"),
    "password.again": ("再输入一次新密码", "New password again"),
    "password.do": ("改密码", "Change password"),
    "password.how": (
        "改完后，其他浏览器里的登录马上退出；令牌照旧，不用的请在这里吊销。",
        "Your sessions in other browsers end at once; tokens stay, so revoke here those that "
        "nobody uses.",
    ),
    "password.done": (
        "密码已改，其他 {n} 处登录已退出。",
        "The password is changed; {n} other sessions ended.",
    ),
    "password.done.one": (
        "密码已改，其他 {n} 处登录已退出。",
        "The password is changed; {n} other session ended.",
    ),
    "password.need": ("这里要填", "Fill this in"),
    "password.differ": ("两次输入的新密码不一样", "This differs from the new password"),
    "password.wait": (
        "输错太多次，请 {s} 秒后再试",
        "Too many wrong passwords; try again in {s} seconds",
    ),
    "password.bound.demo_account": (
        "演示账号的密码写在文件里，不能在这里改。",
        "The password of a demo account stands in a file and cannot be changed here.",
    ),
    "password.bound.grant_open": (
        "你的账号有一项授权在等，它了结之前密码不能改。不认识这项授权的话，请马上反对。",
        "A grant for your account is open; until it is settled the password stays. If you do not "
        "know of it, object to it now.",
    ),
    "password.bound.see": ("看这项授权", "See the grant"),
    # sessions
    "session.title": ("已登录 {n} 处", "Signed in, {n} sessions"),
    "session.title.one": ("已登录 {n} 处", "Signed in, {n} session"),
    "session.started": ("{at} 登录", "Since {at}"),
    "session.until": ("到 {at} 为止", "until {at}"),
    "session.here": ("这里", "here"),
    "session.end": ("退出其他登录", "Sign the others out"),
    "session.ended": ("其他 {n} 处登录已退出。", "{n} other sessions ended."),
    "session.ended.one": ("其他 {n} 处登录已退出。", "{n} other session ended."),
    # tokens
    "own.token.title": ("我的令牌 {n}", "My tokens {n}"),
    "own.token.none": (
        "还没有令牌。程序用令牌以你的名义进来。",
        "No token yet. Programs come in under your name by one.",
    ),
    "own.token.acts": (
        "令牌不能审批。能操作或执行的令牌要像密码一样保管。",
        "No token approves. Keep one that operates or executes like a password.",
    ),
    "own.token.need": ("写上名称，至少选一种用途。", "Give a name and at least one scope."),
    "account.missing": (
        "现在读不到你的账号，请刷新页面。",
        "Your account cannot be read now; reload the page.",
    ),
}
