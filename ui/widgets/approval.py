"""A remediation, drawn: what will run, who must agree, how it went."""

from __future__ import annotations

from api.schemas.remediations import ApprovalView, AuditVerification, RemediationView, StopView
from graph.model.access import Role
from graph.model.audit import AuditEvent
from graph.model.remediation import Decision, RemediationStatus, StepOutcome
from ui.format import Lang, clock
from ui.markup import Html, div, element
from ui.markup import span as inline
from ui.text import labelled, listed, pick, say
from ui.widgets import measure
from ui.widgets.entered import entered_line
from ui.widgets.frame import urgency_badge, wrap

_SIGNS = {
    RemediationStatus.VERIFIED: "✓",
    RemediationStatus.ROLLED_BACK: "↩",
    RemediationStatus.REJECTED: "✕",
    RemediationStatus.UNKNOWN: "?",
}
_STAGES = ("precheck", "run", "verify", "done")


def heading(view: RemediationView, lang: Lang) -> Html:
    """Draw level, what is asked, for which incident, by whom, and why."""
    at = clock(view.requested_at, view.timezone)
    facts = [
        inline("", say(lang, "req.by", name=view.requester, at=at)),
        inline("", pick(view.incident_title, lang)),
        inline("", say(lang, "req.diagnosis", n=str(view.plan.diagnosis_revision))),
    ]
    title = element("h2", action_name(view, lang))
    reason = div("eg-second", say(lang, "req.reason", reason=view.reason))
    text = div("", title, div("eg-line", *facts), *entered_line(view.entered, lang), reason)
    return wrap(lang, div("eg-head", urgency_badge(view.urgency), text))


def action_name(view: RemediationView, lang: Lang) -> str:
    """Name the action and its targets."""
    names = listed([pick(name, lang) for _, name in sorted(view.target_names.items())], lang)
    colon = "：" if lang == "zh" else ": "
    return f"{pick(view.plan.name, lang)}{colon}{names}"


def four_answers(view: RemediationView, lang: Lang) -> Html:
    """Answer who is affected, what if nothing is done, the undo, and what it touches."""
    plan = view.plan
    names = listed([pick(name, lang) for _, name in sorted(view.target_names.items())], lang)
    credit = "touches.credit" if plan.touches_credit_data else "touches.no_credit"
    answers = (
        ("four.effects", (pick(plan.effects, lang),)),
        ("four.nothing", (pick(plan.if_nothing, lang),)),
        ("four.undo", (pick(plan.undo_text, lang),)),
        ("four.touches", (say(lang, "touches.targets", names=names), say(lang, credit))),
    )
    boxes = [
        div("", div("eg-note", say(lang, key)), *(div("", line) for line in lines))
        for key, lines in answers
    ]
    return wrap(lang, div("eg-four", *boxes))


def run_heading(lang: Lang) -> Html:
    """Head the block of what will run."""
    title = element("b", say(lang, "run.title"))
    return wrap(lang, div("eg-h", title, inline("eg-note", say(lang, "run.note"))))


def rendered(view: RemediationView, lang: Lang) -> str:
    """Write what will be sent, and what it changes, as plain text."""
    steps = [step.rendered for step in view.plan.steps]
    return "\n".join([*steps, pick(view.plan.preview, lang)])


def run_foot(view: RemediationView, lang: Lang) -> Html:
    """Name the fingerprint's first eight and the executor."""
    executor = view.plan.executor
    code = f"{view.digest[:4]} {view.digest[4:8]}"
    facts = (
        inline("", say(lang, "run.digest"), Html(" "), inline("eg-code", code)),
        inline("", say(lang, "run.executor", name=executor.profile, version=executor.version)),
    )
    return wrap(lang, div("eg-line", *facts))


def conditions(view: RemediationView, lang: Lang) -> Html:
    """List the preconditions, and how success is judged, side by side."""
    plan, check = view.plan, view.plan.verification
    wanted = [div("eg-cond", pick(p.text, lang)) for p in plan.preconditions]
    left = div(
        "",
        div("eg-h", element("b", say(lang, "pre.title")), inline("eg-note", say(lang, "pre.note"))),
        *(wanted or [div("eg-second", say(lang, "pre.none"))]),
    )
    span_text = say(
        lang, "ver.settle", settle=f"{check.settle_s:g}", deadline=f"{check.deadline_s:g}"
    )
    right = div(
        "",
        div("eg-h", element("b", say(lang, "ver.title"))),
        div("", pick(check.text, lang)),
        div("eg-second", span_text),
        div("eg-second", say(lang, f"ver.{check.on_not_better}")),
    )
    return wrap(lang, div("eg-two", left, right))


def agreement(view: RemediationView, me: str, lang: Lang) -> Html:
    """Say how many must agree, who did, who is missing, and how long it stands."""
    given = [a for a in view.approvals if a.decision is Decision.APPROVE]
    need = str(len(view.required_roles))
    minutes, seconds = divmod(view.seconds_left, 60)
    left = f"{minutes}:{seconds:02d}" if view.seconds_left else ""
    end = say(lang, "need.left", at=clock(view.expires_at, view.timezone))
    top = div(
        "eg-need",
        div(
            "",
            element("b", say(lang, "need.title", n=need)),
            div("eg-second", say(lang, "need.have", n=str(len(given)))),
        ),
        div("eg-right", element("b", left), div("eg-note", end)) if left else Html(""),
    )
    rows = [_decided(a, view.timezone, me, lang) for a in view.approvals]
    rows += [_open(role, view, lang) for role in view.open_roles]
    rules = [
        div("eg-note", say(lang, "need.rule", why=pick(r.why, lang))) for r in view.rules_fired
    ]
    if view.password_again:
        rules.append(div("eg-note", say(lang, "need.password")))
    return wrap(lang, top, *rows, *rules)


def phone_link(view: RemediationView, lang: Lang) -> Html:
    """Link to the page of the request for phones, to be sent to who must agree."""
    where = f"/a/{view.remediation_id}"
    link = element("a", say(lang, "need.phone"), href=where, target="_self")
    return wrap(lang, div("eg-second", link))


def lacking(view: RemediationView, lang: Lang) -> Html:
    """Say whose agreement is missing, and that nothing runs before."""
    roles = listed([say(lang, f"role.{role}") for role in view.open_roles], lang)
    return wrap(lang, div("eg-second", say(lang, "need.lacking", roles=roles), role="status"))


def outcome(view: RemediationView, lang: Lang) -> Html:
    """Say where it stands; what moved, what was seen, what a person found."""
    lines = [div("eg-state", f"{_SIGNS.get(view.status, '')} {say(lang, f'rem.{view.status}')}")]
    if view.refusal is not None:
        lines.append(div("eg-second", pick(view.refusal, lang)))
    if view.verified is not None:
        lines.append(div("eg-second", pick(view.verified.text, lang)))
    if view.resolution:
        lines.append(div("eg-second", view.resolution))
    return wrap(lang, *lines, *measure.standing(view, lang))


def stages(view: RemediationView, lang: Lang) -> Html:
    """Draw precheck, run, verify, done: what is over with a tick, the present one boxed."""
    present = _stage(view)
    marks = []
    for place, name in enumerate(_STAGES):
        word = say(lang, f"stage.{name}")
        if place < present:
            marks.append(inline("eg-stage-done", f"✓ {word}"))
        else:
            marks.append(inline("eg-stage-now" if place == present else "eg-second", word))
    return wrap(
        lang,
        element("b", action_name(view, lang)),
        div("eg-stages", *marks),
        div("eg-second", say(lang, f"rem.{view.status}")),
    )


def history_row(view: RemediationView, lang: Lang) -> Html:
    """Draw one line of the history: when, what, by whom, how it ended."""
    agreed = [a.user for a in view.approvals if a.decision is Decision.APPROVE]
    approvers = listed(agreed, lang)
    who = (
        say(lang, "history.line", requester=view.requester, approvers=approvers)
        if agreed
        else say(lang, "history.alone", requester=view.requester)
    )
    sign = _SIGNS.get(view.status, "")
    return wrap(
        lang,
        div(
            "eg-past",
            inline("", clock(view.requested_at, view.timezone, seconds=False)),
            inline("", action_name(view, lang)),
            inline("eg-second", who),
            inline("", f"{sign} {say(lang, f'rem.{view.status}')}".strip()),
        ),
    )


def history_heading(shown: int, lang: Lang) -> Html:
    """Head the short history."""
    title = element("b", say(lang, "history.title"))
    return wrap(
        lang, div("eg-h", title, inline("eg-note", say(lang, "history.last", n=str(shown))))
    )


def note(text: str, lang: Lang) -> Html:
    """Draw a line of explanation."""
    return wrap(lang, div("eg-second", text))


def chain_line(found: AuditVerification, lang: Lang) -> Html:
    """Say whether the audit chain holds."""
    if found.holds:
        return wrap(lang, div("eg-ok", f"✓ {say(lang, 'chain.holds', n=f'{found.lines:,}')}"))
    broken = say(lang, "chain.broken", n=str(found.broken_at))
    return wrap(lang, div("eg-alarm", f"✕ {broken}"))


def channel(stop: StopView, zone: str, lang: Lang) -> Html:
    """Say whether anything may start at all."""
    title = div("eg-h", element("b", say(lang, "channel.title")))
    if stop.stop is None:
        return wrap(lang, title, div("eg-second", say(lang, "channel.open")))
    held = stop.stop
    line = say(
        lang, "channel.held", name=held.pulled_by, at=clock(held.at, zone), reason=held.reason
    )
    needs = say(lang, "channel.needs", n=str(stop.release_needs))
    return wrap(lang, title, div("eg-alarm", line), div("eg-second", needs))


def audit_table(events: tuple[AuditEvent, ...], zone: str, lang: Lang) -> Html:
    """List lines of the audit log, newest first."""
    names = ("audit.when", "audit.who", "audit.what", "audit.on")
    head = element("tr", *(element("th", say(lang, name)) for name in names))
    rows = [
        element(
            "tr",
            element("td", clock(event.at, zone)),
            element("td", _actor(event.actor, lang)),
            element("td", _happened(event, lang)),
            element("td", event.subject),
        )
        for event in events
    ]
    return wrap(lang, element("table", head, *rows, cls="eg-audit"))


def _actor(name: str, lang: Lang) -> str:
    """Name who acted; what the house did by itself has no account."""
    return say(lang, "audit.engine") if name == "engine" else name


def _happened(event: AuditEvent, lang: Lang) -> Html:
    """Say what a line tells of; a kind without words of its own stands as it is written."""
    named = labelled("audit", [event.kind])
    return inline("", pick(named[0], lang)) if named else inline("eg-code", event.kind)


def _decided(approval: ApprovalView, zone: str, me: str, lang: Lang) -> Html:
    agreed = approval.decision is Decision.APPROVE
    at = clock(approval.at, zone)
    you = say(lang, "need.you") if approval.user == me else ""
    line = (
        say(lang, "need.agreed", at=at)
        if agreed
        else say(lang, "need.refused", at=at, reason=approval.reason)
    )
    said = (
        f"{line}{'：' if lang == 'zh' else ': '}{approval.reason}"
        if agreed and approval.reason
        else line
    )
    name = f"{say(lang, f'role.{approval.role}')} {approval.user}{you}"
    box = inline("eg-yes" if agreed else "eg-no-box", "✓" if agreed else "✕")
    return div("eg-person", box, div("", element("b", name), div("eg-second", said)))


def _open(role: Role, view: RemediationView, lang: Lang) -> Html:
    you = say(lang, "need.you") if role in view.may_decide_as else ""
    name = f"{say(lang, f'role.{role}')}{you}"
    missing = div("eg-second", say(lang, "need.open"))
    return div("eg-person", inline("eg-no-box", ""), div("", element("b", name), missing))


def _stage(view: RemediationView) -> int:
    if view.ended_at is not None or view.started_at is None:
        return len(_STAGES) if view.ended_at else 0
    sent = [run for run in view.runs if not run.undoing]
    done = [run for run in sent if run.outcome is StepOutcome.DONE]
    if len(done) == len(view.plan.steps):
        return 2
    return 1
