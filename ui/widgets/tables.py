"""Tables of the admin page: accounts, tokens, packs, rules, and how the server is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from pydantic import JsonValue

from api.calls.admin import Rule
from api.schemas.admin import DoctorReport, PackView, TokenView, UserView
from api.schemas.incidents import BoardView, MonitoringView, QuarantinedPage
from graph.model.signals import AlertRecord
from ui.format import Lang, age, clock, count, day
from ui.markup import Html, div, element, escape, join
from ui.markup import span as inline
from ui.text import LABELS, listed, pick, say
from ui.widgets.frame import wrap

_SHOWN_LABELS = ("component", "service", "instance", "pod", "host", "node", "job")
_SHORT = 12
_FIELD = re.compile(r"\{(\w+)\}")
_FIELD_ZH = re.compile(r" ?\{(\w+)\} ?")  # what fills it is Han, which needs no space


def heading(key: str, number: int | None, lang: Lang, note: str = "") -> Html:
    """Draw the name of a card, with its count."""
    title = say(lang, key) if number is None else say(lang, key, n=count(number))
    return wrap(lang, div("eg-h", element("b", title), inline("eg-note", note)))


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], lang: Lang) -> Html:
    """Draw a table; cells that are plain text are escaped."""
    head = element("tr", *(element("th", say(lang, key)) for key in columns))
    body = [element("tr", *(element("td", cell) for cell in row)) for row in rows]
    drawn = element("table", element("thead", head), element("tbody", *body), cls="eg-list")
    return wrap(lang, div("eg-scroll", drawn))


def user_cells(user: UserView, zone: str, lang: Lang) -> Html:
    """Draw one account: name, roles, sites, since when."""
    roles = listed([say(lang, f"role.{role.value}") for role in user.roles], lang)
    sites = say(lang, "user.sites.all") if user.sites is None else listed([*user.sites], lang)
    demo = inline("eg-badge", say(lang, "user.demo")) if user.demo else Html("")
    name = div("", element("b", user.name), Html(" "), demo)
    return _cells(lang, "eg-user", name, roles, sites, day(user.created_at, zone))


def token_cells(token: TokenView, zone: str, lang: Lang) -> Html:
    """Draw one token: name, whose, for what, since when."""
    kind = "user" if token.user else "source"
    of = say(lang, f"token.of.{kind}", name=token.user or token.source or "")
    names = [scope.value for scope in token.scopes] or (["ingest"] if token.source else [])
    scopes = listed([say(lang, f"scope.{name}") for name in names], lang)
    return _cells(
        lang, "eg-user", element("b", token.name), of, scopes, day(token.created_at, zone)
    )


def cell_names(keys: Sequence[str], lang: Lang) -> Html:
    """Draw the names of the columns above such rows."""
    return _cells(lang, "eg-user eg-cols", *(say(lang, key) for key in keys))


def pack_table(packs: Sequence[PackView], lang: Lang) -> Html:
    """Draw the loaded packs with how much each brings, and its revisions."""
    columns = ["name", "components", "relations", "flows", "sops", "cases", "revision"]
    rows = [
        (
            join([element("b", pick(pack.title, lang)), div("eg-second", pack.id)]),
            *(
                count(number)
                for number in (
                    pack.components,
                    pack.relations,
                    pack.flows,
                    pack.sops,
                    pack.cases,
                )
            ),
            join([_digest(pack.topology_revision), _digest(pack.library_digest)], " "),
        )
        for pack in packs
    ]
    return table([f"pack.{name}" for name in columns], rows, lang)


def rule_table(rules: Sequence[Rule], lang: Lang) -> Html:
    """Draw the rules: name, the roles that must agree, and why."""
    rows = [
        (
            element("b", _name(rule, lang)),
            _roles(rule.get("roles"), lang),
            _words(rule.get("why"), lang),
        )
        for rule in rules
    ]
    return table(["policy.rule", "policy.roles", "policy.why"], rows, lang)


def action_table(actions: Sequence[Rule], lang: Lang) -> Html:
    """Draw the catalogue: name, risk, and how each is undone."""
    rows = [
        (
            element("b", _name(action, lang)),
            _coded("risk", action.get("risk"), lang),
            _words(action.get("undo_text"), lang),
        )
        for action in actions
    ]
    return table(["policy.action", "policy.risk", "policy.undo"], rows, lang)


def doctor_lines(report: DoctorReport, lang: Lang) -> Html:
    """Draw the examination, a line a check: the sign, its name, the sentence."""
    lines = [
        div(
            "eg-check",
            _verdict(check.ok, lang),
            element("b", _coded("check", check.name, lang)),
            inline("", pick(check.text, lang)),
        )
        for check in report.checks
    ]
    return wrap(lang, *lines)


def engine_lines(board: BoardView, lang: Lang) -> Html:
    """Draw engine, jobs, the last diagnosis, and each source of monitoring."""
    engine = board.engine
    ok = say(lang, "engine.ok" if engine.alive else "engine.down")
    jobs = say(
        lang, "health.jobs.count", n=count(engine.jobs_open), failed=count(engine.jobs_failed)
    )
    facts = [("health.engine", ok), ("health.jobs", jobs)]
    if engine.last_at is not None and engine.last_duration_ms is not None:
        at, ms = clock(engine.last_at, board.timezone), count(round(engine.last_duration_ms))
        facts.append(("health.last", say(lang, "health.took", at=at, ms=ms)))
    lines = [div("eg-fact", inline("eg-second", say(lang, key)), text) for key, text in facts]
    return wrap(lang, *lines, *_source_lines(board.monitoring, lang))


def lane_lines(lanes: dict[str, int], lang: Lang) -> Html:
    """Draw how many alert states went where; what goes nowhere is shown as 0."""
    known = [name for name in lanes if f"lane.kept.{name}" in LABELS]
    lines = [
        div("eg-fact", inline("eg-second", say(lang, f"lane.kept.{name}")), count(lanes[name]))
        for name in known
    ]
    return wrap(lang, *lines)


def quarantine_table(page: QuarantinedPage, zone: str, lang: Lang) -> Html:
    """Draw alerts that were not understood, newest first, each with the reason."""
    columns = ["at", "alert", "source", "reason", "labels"]
    rows = [
        (
            f"{day(record.alert.received_at, zone)} {clock(record.alert.received_at, zone)}",
            inline("eg-code", record.alert.alertname),
            inline("eg-code", record.alert.source),
            say(lang, f"reason.{record.reason.value}") if record.reason else "",
            _labels(record),
        )
        for record in page.items
    ]
    return table([f"quarantine.{name}" for name in columns], rows, lang)


def fault_lines(faults: Sequence[str], lang: Lang) -> Html:
    """Quote what the check of a pack said, a line a fault."""
    said = div("eg-second", say(lang, "pack.refused"))
    lines = [div("eg-fault", inline("eg-code", fault)) for fault in faults]
    return join([wrap(lang, said), element("div", *lines, lang="en")])


def upload_word(word: str) -> Html:
    """Name the button of the file chooser, whose own words are English in every language.

    `word` is one of our labels.
    """
    place = ".st-key-upload [data-testid=stBaseButton-secondary]"
    return Html(f"<style>{place}::after{{content:'{word}';font-size:14.5px}}</style>")


def note(text: str, lang: Lang) -> Html:
    """Draw a second line."""
    return wrap(lang, div("eg-second", text))


def _source_lines(sources: Sequence[MonitoringView], lang: Lang) -> list[Html]:
    """Name each source whose monitoring is lost; the others are one line."""
    lines = [
        div("eg-fact", inline("eg-unsure", pick(source.name, lang)), say(lang, "health.late"))
        for source in sources
        if source.late
    ]
    heard = [source.age_s for source in sources if not source.late]
    if heard:
        told = say(lang, "engine.source", n=count(len(heard)))
        oldest = say(lang, "engine.oldest", span=age(max(heard), lang))
        apart = "，" if lang == "zh" else ", "
        name = inline("eg-second", say(lang, "health.sources"))
        lines.append(div("eg-fact", name, f"{told}{apart}{oldest}"))
    return lines


def _verdict(ok: bool, lang: Lang) -> Html:
    sign, word, cls = ("✓", "check.ok", "eg-ok") if ok else ("✕", "check.bad", "eg-broken")
    return element("b", f"{sign} {say(lang, word)}", cls=cls)


def _cells(lang: Lang, cls: str, *cells: str) -> Html:
    return wrap(lang, div(cls, *(div("", cell) for cell in cells)))


def _digest(text: str) -> Html:
    return inline("eg-code", text.removeprefix("sha256:")[:_SHORT])


def _labels(record: AlertRecord) -> Html:
    labels = record.alert.labels
    shown = [f"{name}={labels[name]}" for name in _SHOWN_LABELS if name in labels]
    return join([inline("eg-code", text) for text in shown[:3]], " ") if shown else escape("—")


def _name(rule: Rule, lang: Lang) -> str:
    return _words(rule.get("name"), lang) or str(rule.get("id", ""))


def _words(value: JsonValue, lang: Lang) -> str:
    """Choose the language of a {zh, en}; what only a request can fill is told in general."""
    text = value.get(lang) if isinstance(value, dict) else None
    if not isinstance(text, str):
        return ""
    field = _FIELD_ZH if lang == "zh" else _FIELD
    return field.sub(lambda found: _general(found[1], lang), text)


def _general(field: str, lang: Lang) -> str:
    key = f"fill.{field}"
    return say(lang, key if key in LABELS else "fill.other")


def _roles(value: JsonValue, lang: Lang) -> str:
    roles = [f"role.{role}" for role in value] if isinstance(value, list) else []
    known = [say(lang, key) for key in roles if key in LABELS]
    return listed(known, lang) or say(lang, "policy.nobody")


def _coded(group: str, value: JsonValue, lang: Lang) -> str:
    key = f"{group}.{value}"
    return say(lang, key) if key in LABELS else ""
