"""The HTML of the approval page: one style block, no script, every outside text escaped."""

from __future__ import annotations

import html
from typing import Final
from zoneinfo import ZoneInfo

from api.remediations.approval_words import Lang, role_name, status_name, word
from api.schemas.remediations import RemediationView
from graph.model.access import Role
from graph.model.base import Text
from graph.model.remediation import Decision, RemediationStatus
from graph.words import visible

_STYLE: Final = """
:root{color-scheme:light dark}*{box-sizing:border-box}
body{margin:0;font:17px/1.6 system-ui,"Noto Sans CJK SC","PingFang SC","Microsoft YaHei",sans-serif;
background:light-dark(#F4F6F8,#10151B);color:light-dark(#17202A,#E8EDF2);
font-variant-numeric:tabular-nums}
main{max-width:480px;min-height:100vh;margin:0 auto;padding:12px 18px 10px;display:flex;
flex-direction:column}
header{display:flex;gap:10px;align-items:center;font-weight:600;font-size:15px}
header .at{margin-left:auto;font-weight:400;font-size:13px;color:light-dark(#596675,#93A0AE)}
.level{padding:1px 10px;border-radius:6px;font-weight:700;
border:1px solid light-dark(#758394,#6B7B8F)}
.P0{background:light-dark(#B3261E,#FF746C);color:light-dark(#FFFFFF,#25090A);
border-color:transparent}
.P1{border-width:2px}.P3{border-style:dashed}
h1{font-size:22px;line-height:1.35;margin:6px 0 0}h1 small{display:block;font-size:15px;
font-weight:400;color:light-dark(#435060,#B7C2CD)}
.left{font-weight:600;margin:2px 0 8px}.left span{font-weight:400;font-size:14px;
color:light-dark(#435060,#B7C2CD);margin-left:8px}
.left a{float:right;font-weight:400;font-size:14px}
section{border-top:1px solid light-dark(#D3DAE2,#2E3A47);padding:6px 0}
section h2{font-size:13px;font-weight:400;margin:0;color:light-dark(#596675,#93A0AE)}
section p,section ul{margin:0;padding:0;list-style:none;line-height:1.5;overflow-wrap:anywhere}
li::before{content:"";display:inline-block;width:13px;height:13px;margin-right:10px;
border:1.5px solid light-dark(#758394,#6B7B8F);border-radius:3px;vertical-align:-1px}
li.yes::before{content:"✓";border:0;color:light-dark(#1B7348,#74C9A2);font-weight:700;
line-height:13px}
.problem{border:1px solid light-dark(#AE241D,#FF8078);border-radius:8px;padding:8px 12px;
margin:8px 0;color:light-dark(#AE241D,#FF8078)}
form{margin:0}.acts{margin-top:auto;padding-top:10px;display:flex;flex-direction:column;gap:10px}
button,.button{display:block;width:100%;min-height:54px;line-height:52px;border-radius:8px;
font-family:inherit;font-size:17px;font-weight:600;text-align:center;
text-decoration:none;border:1px solid light-dark(#758394,#6B7B8F);background:transparent;
color:inherit;padding:0}
.primary{background:light-dark(#1F5FC4,#2C6BD6);color:#FFFFFF;border-color:transparent}
input,textarea{width:100%;min-height:46px;padding:8px 10px;font:inherit;color:inherit;
border-radius:8px;border:1px solid light-dark(#758394,#6B7B8F);
background:light-dark(#FFFFFF,#171E26)}
:focus-visible{outline:2px solid light-dark(#1B5ABF,#84B6FF);outline-offset:2px}
a{color:light-dark(#1B5ABF,#84B6FF)}
.acts{position:sticky;bottom:0;padding-bottom:2px;background:light-dark(#F4F6F8,#10151B)}
.conditions li::before{content:"·";border:0;font-weight:700;line-height:13px}
:lang(en) section{padding:4px 0}
:lang(en) section p,:lang(en) section li{font-size:15.5px;line-height:1.35}
:lang(en) h1{font-size:20px;line-height:1.3}
section.line{display:flex;gap:12px;align-items:baseline}section.line h2{flex:none}
footer{display:flex;justify-content:space-between;gap:12px;font-size:13px;padding-top:10px;
color:light-dark(#596675,#93A0AE)}
code,pre{font:13.5px/1.65 ui-monospace,"DejaVu Sans Mono",monospace;white-space:pre-wrap;
overflow-wrap:anywhere;margin:0}.code{font-size:18px;letter-spacing:1px}
"""


def escape(text: str) -> str:
    """Turn plain text into safe markup; what hides or turns is shown by its code point."""
    return html.escape(visible(text))


def page(lang: Lang, title: str, body: str) -> str:
    """Wrap a body into a whole document.

    It renews itself never: that would take the page away under a finger, or from a reader's voice.
    """
    return (
        f'<!DOCTYPE html><html lang="{"zh-CN" if lang == "zh" else "en"}"><head>'
        f'<meta charset="utf-8"><meta name="viewport" content="width=device-width, '
        f'initial-scale=1"><title>{escape(title)}</title><style>{_STYLE}</style></head>'
        f"<body><main>{body}</main></body></html>"
    )


def message(lang: Lang, line: str, link: str = "") -> str:
    """Show one line, and a way back."""
    back = (
        f'<div class="acts"><a class="button" href="{escape(link)}">{word("back", lang)}</a></div>'
    )
    return page(
        lang, line, f'<p class="problem" role="alert">{escape(line)}</p>{back if link else ""}'
    )


def card(view: RemediationView, me: str, lang: Lang, *, sure: str, at: str, csrf: str) -> str:
    """Show what is asked, to whom it happens, who agreed, and the two answers."""
    role = view.may_decide_as[0] if view.may_decide_as else None
    head = word("waiting", lang, role=role_name(role, lang)) if role else word("plain", lang)
    parts = [
        _head(view, head, lang, at),
        _section("effects", _of(view.plan.effects, lang), lang),
        _section("if_nothing", _of(view.plan.if_nothing, lang), lang),
        _section("undo", _of(view.plan.undo_text, lang), lang),
        _agreed(view, me, lang),
        _section("sure", sure, lang, line=True),
        _why_not(view, lang),
        _answers(view, me, lang, csrf),
        _foot(view, lang),
    ]
    return page(lang, _of(view.plan.name, lang), "".join(parts))


def confirm(
    view: RemediationView, me: str, lang: Lang, *, decision: Decision, at: str, csrf: str,
    problem: str = "",
) -> str:  # fmt: skip
    """Show the second step: in which role, what follows, the code, and the one button."""
    agree = decision is Decision.APPROVE
    role = view.may_decide_as[0]
    names = word("will_agree" if agree else "will_refuse", lang)
    others = len(view.open_roles) - 1
    order = word("last", lang) if others == 0 else word("more", lang, n=others)
    line = word("as_line", lang, name=me, role=role_name(role, lang)) + (order if agree else "")
    after = "after" if agree else "after_refuse"
    body = [
        _head(view, word("again", lang), lang, at, before=names),
        _section("as_whom", line, lang),
        _section(after, word(f"{after}_text", lang), lang),
        f"<section><h2>{word('code', lang)}</h2>"
        f'<p class="code"><code>{_code(view.digest)}</code></p>'
        f"<h2>{word('code_help', lang)}</h2></section>",
        f'<p class="problem" role="alert">{escape(problem)}</p>' if problem else "",
        _decision_form(view, lang, decision=decision, role=role, csrf=csrf),
        f"<footer><span>{word('can_withdraw', lang)}</span></footer>",
    ]
    return page(lang, names, "".join(body))


def details(view: RemediationView, lang: Lang) -> str:
    """Show exactly what will run, its preconditions and its fingerprint."""
    colon = "：" if lang == "zh" else ": "
    lines = [line for step in view.plan.steps for line in step.rendered.split("\n")]
    steps = "\n".join(escape(line) for line in lines)
    conditions = "".join(f"<li>{escape(_of(p.text, lang))}</li>" for p in view.plan.preconditions)
    rules = "".join(f"<p>{escape(_of(rule.why, lang))}</p>" for rule in view.rules_fired)
    body = [
        f"<h1>{word('details', lang)}</h1>",
        f"<section><h2>{word('will_run', lang)}</h2><pre>{steps}</pre></section>",
        f"<section><h2>{word('before', lang)}</h2><ul class='conditions'>{conditions}</ul>"
        "</section>",
        _section("judged", _of(view.plan.verification.text, lang), lang),
        f"<section><h2>{word('must_agree', lang)}</h2>{rules}</section>",
        f"<section><h2>{word('fingerprint', lang)}</h2>"
        f"<code>{escape(view.digest)}</code></section>",
        _section("requester", f"{view.requester}{colon}{view.reason}", lang),
        f'<div class="acts"><a class="button" href="{_link(view, lang)}">'
        f"{word('back', lang)}</a></div>",
    ]
    return page(lang, word("details", lang), "".join(body))


def _head(view: RemediationView, line: str, lang: Lang, at: str, before: str = "") -> str:
    level = f'<span class="level {view.urgency}">{view.urgency}</span>' if view.urgency else ""
    targets = "、" if lang == "zh" else ", "
    names = targets.join(_of(name, lang) for _, name in sorted(view.target_names.items()))
    first = f"<small>{escape(before)}</small>" if before else ""
    return (
        f'<header>{level}<span>{escape(line)}</span><span class="at">{escape(at)}</span></header>'
        f"<h1>{first}{escape(_of(view.plan.name, lang))}<small>{escape(names)}</small></h1>"
        f"{_time_left(view, lang, again='' if before else _link(view, lang))}"
    )


def _time_left(view: RemediationView, lang: Lang, *, again: str) -> str:
    """Say how long it stands, or how it ended; what still moves has a link `again` to look anew."""
    link = f'<a href="{again}">{word("again_now", lang)}</a>' if again and not view.ended_at else ""
    if view.status not in (RemediationStatus.REQUESTED, RemediationStatus.APPROVED):
        return f'<p class="left" role="status">{status_name(view.status, lang)}{link}</p>'
    minutes = view.seconds_left // 60
    left = word("left", lang, n=minutes) if minutes else word("left_short", lang)
    end = view.expires_at.astimezone(ZoneInfo(view.timezone)).strftime("%H:%M")
    return f'<p class="left">{left}<span>{word("until", lang, clock=end)}</span>{link}</p>'


def _section(key: str, text: str, lang: Lang, *, line: bool = False) -> str:
    kind = ' class="line"' if line else ""
    return f"<section{kind}><h2>{word(key, lang)}</h2><p>{escape(text)}</p></section>"


def _agreed(view: RemediationView, me: str, lang: Lang) -> str:
    zone = ZoneInfo(view.timezone)
    comma = "，" if lang == "zh" else ", "
    rows = []
    for approval in view.approvals:
        clock = approval.at.astimezone(zone).strftime("%H:%M")
        role = role_name(approval.role, lang)
        if approval.decision is Decision.APPROVE:
            rows.append((True, comma.join((approval.user, role, clock))))
        else:
            said = {"name": approval.user, "role": role, "reason": approval.reason}
            rows.append((False, word("refused_by", lang, **said)))
    for role_left in view.open_roles:
        mine = role_left in view.may_decide_as
        name = f"{word('you', lang)}{comma}" if mine else ""
        rows.append((False, f"{name}{role_name(role_left, lang)}"))
    items = "".join(f'<li class="{"yes" if ok else "no"}">{escape(t)}</li>' for ok, t in rows)
    return f"<section><h2>{word('agreed', lang)}</h2><ul>{items}</ul></section>"


def _why_not(view: RemediationView, lang: Lang) -> str:
    if view.may_decide_as or view.why_not is None:
        return ""
    return f'<p role="status">{escape(_of(view.why_not, lang))}</p>'


def _answers(view: RemediationView, me: str, lang: Lang, csrf: str) -> str:
    if view.may_decide_as:
        link = f"/a/{escape(view.remediation_id)}/confirm?lang={lang}"
        return (
            f'<div class="acts"><a class="button primary" role="button" '
            f'href="{link}&amp;decision=approve">{word("agree", lang)}</a>'
            f'<a class="button" role="button" href="{link}&amp;decision=reject">'
            f"{word('refuse', lang)}</a></div>"
        )
    agreed = any(a.user == me and a.decision is Decision.APPROVE for a in view.approvals)
    waiting = view.status in (RemediationStatus.REQUESTED, RemediationStatus.APPROVED)
    if not (agreed and waiting):
        return ""
    return (
        f'<form class="acts" method="post" action="/a/{escape(view.remediation_id)}/withdraw'
        f'?lang={lang}"><input type="hidden" name="csrf" value="{escape(csrf)}">'
        f"<button>{word('withdraw', lang)}</button></form>"
    )


def _decision_form(
    view: RemediationView, lang: Lang, *, decision: Decision, role: Role, csrf: str
) -> str:
    agree = decision is Decision.APPROVE
    needed = not agree or view.password_again
    label = word("reason" if needed else "note", lang)
    hidden = {"csrf": csrf, "digest": view.digest, "decision": decision.value, "role": role.value}
    fields = "".join(
        f'<input type="hidden" name="{k}" value="{escape(v)}">' for k, v in hidden.items()
    )
    password = (
        f'<section><h2><label for="password">{word("password", lang)}</label></h2><input '
        'id="password" name="password" type="password" autocomplete="current-password" required>'
        "</section>"
        if view.password_again and agree
        else ""
    )
    return (
        f'<form method="post" action="/a/{escape(view.remediation_id)}?lang={lang}" '
        f'style="display:contents">{fields}<section><h2><label for="reason">{label}</label></h2>'
        f'<input id="reason" name="reason" maxlength="1000" autocomplete="off"'
        f"{' required' if needed else ''}></section>{password}"
        f'<div class="acts"><button class="primary">'
        f"{word('confirm_agree' if agree else 'confirm_refuse', lang)}</button>"
        f'<a class="button" href="{_link(view, lang)}">{word("back", lang)}</a></div></form>'
    )


def _foot(view: RemediationView, lang: Lang) -> str:
    other = "en" if lang == "zh" else "zh"
    return (
        f"<footer><span>{word('code', lang)} <code>{_code(view.digest)}</code></span>"
        f'<a href="/a/{escape(view.remediation_id)}?lang={other}" lang="{other}">'
        f"{word('other', lang)}</a>"
        f'<a href="/a/{escape(view.remediation_id)}/details?lang={lang}">'
        f"{word('details', lang)}</a></footer>"
    )


def _code(digest: str) -> str:
    return f"{escape(digest[:4])} {escape(digest[4:8])}"


def _link(view: RemediationView, lang: Lang) -> str:
    return f"/a/{escape(view.remediation_id)}?lang={lang}"


def _of(text: Text, lang: Lang) -> str:
    return text.zh if lang == "zh" else text.en
