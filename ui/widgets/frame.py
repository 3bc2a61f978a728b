"""The frame of a page: brand, heading of an incident, banners, the last lines."""

from __future__ import annotations

from datetime import datetime

from graph.model.diagnosis import DiagnosisStatus, Engine
from graph.model.incident import IncidentState, Urgency
from ui.format import Lang, age, clock, count
from ui.markup import Html, div, element, escape, join
from ui.markup import span as inline
from ui.scene import LostSource, Scene
from ui.text import listed, pick, say

_EXACT = {True: "engine.exact", False: "engine.approximate"}


def wrap(lang: Lang, *parts: str) -> Html:
    """Put parts into one element that names its language, so that fonts pick the right forms."""
    return element("div", *parts, lang="zh-CN" if lang == "zh" else "en")


def brand(lang: Lang) -> Html:
    """Draw the name of the product; in Chinese both names stand."""
    second = inline("", say("en", "brand")) if lang == "zh" else Html("")
    return wrap(lang, div("eg-brand", element("b", say(lang, "brand")), second))


def urgency_badge(urgency: Urgency | None) -> Html:
    """Draw P0..P3 by how much ink, or a dash where no diagnosis has set it."""
    if urgency is None:
        return inline("eg-note", "—")
    return inline(f"eg-urg eg-{urgency.value}", urgency.value)


def status_dot(status: DiagnosisStatus | None, *, settling: bool) -> Html:
    """Draw how sure a diagnosis is by how full the circle is; a dotted ring still changes."""
    name = "settling" if settling else (status.value if status else "pending")
    return element("span", cls=f"eg-dot eg-dot-{name}", aria_hidden="true")


def status_word(status: DiagnosisStatus | None, lang: Lang, *, settling: bool) -> str:
    """Say how sure a diagnosis is; the word always stands beside the circle."""
    name = "settling" if settling else (status.value if status else "pending")
    return say(lang, f"status.{name}")


def incident_heading(scene: Scene, lang: Lang) -> Html:
    """Draw level, title, since when, alerts, the rule that fired, the owner and the state."""
    incident, diagnosis = scene.incident, scene.diagnosis
    lasted = (diagnosis.as_of.now - incident.began_at).total_seconds()
    rules = diagnosis.urgency.rules_fired
    facts: list[Html] = [
        _fact(say(lang, "since", at=clock(incident.began_at, scene.zone), span=age(lasted, lang))),
        _fact(say(lang, "alerts", n=count(scene.alerts))),
    ]
    if rules:  # the first gave the level; the rest are rules of lower levels that also fired
        level = diagnosis.urgency.level.value
        facts.append(_fact(say(lang, "rule", level=level, why=pick(rules[0].why, lang))))
    facts += _ownership(incident.owner, incident.state, lang)
    title = element("h2", pick(incident.title, lang))
    text = div("", title, div("eg-line", *facts))
    return wrap(lang, div("eg-head", urgency_badge(diagnosis.urgency.level), text))


def lost_banner(lost: tuple[LostSource, ...], zone: str, lang: Lang) -> Html:
    """Say in a dashed box which monitoring is lost, since when, and that silence is no health."""
    if not lost:
        return Html("")
    names = listed([pick(source.name, lang) for source in lost], lang)
    seen = [source.last_at for source in lost if source.last_at is not None]
    last = say(lang, "lost.last", at=clock(max(seen), zone)) if seen else say(lang, "lost.never")
    sign = inline("eg-q", "?")
    text = (sign, element("b", say(lang, "lost", name=names)), Html(" "), escape(last))
    return wrap(lang, div("eg-banner eg-banner-unknown", *text, role="note"))


def notice(text: str, lang: Lang) -> Html:
    """Draw one line that something failed; what is on the screen stays there."""
    return wrap(lang, div("eg-banner eg-banner-broken", element("b", text), role="alert"))


def fault(text: str, lang: Lang) -> Html:
    """Say beside a field what is wrong with what stands in it."""
    return wrap(lang, div("eg-field-fault", text[:1].upper() + text[1:], role="alert"))


def offline(seen_at: datetime | None, zone: str, lang: Lang) -> Html:
    """Say that the service does not answer, and of when the picture is."""
    if seen_at is None:
        return notice(say(lang, "offline.first"), lang)
    return notice(say(lang, "offline", at=clock(seen_at, zone)), lang)


def engine_line(engine: Engine, lang: Lang) -> Html:
    """Say which method computed the answer, how long it took and over how many components."""
    line = say(
        lang,
        "engine.line",
        method=say(lang, f"method.{engine.method}"),
        ms=count(round(engine.duration_ms)),
        n=count(engine.components_considered),
    )
    exact = say(lang, _EXACT[engine.exact])
    return wrap(lang, div("eg-foot", inline("", join([line, exact], "" if lang == "zh" else " "))))


def claim_text(text: str, lang: Lang, *, title: str = "") -> Html:
    """Draw why somebody should claim the incident, or who may."""
    heading = div("eg-h", element("b", title)) if title else Html("")
    return wrap(lang, heading, div("eg-second", text, style="margin-bottom:10px"))


def sign_in(lang: Lang) -> Html:
    """Draw the one thing that a signed-out person can do."""
    return wrap(
        lang,
        div(
            "eg-card eg-login",
            div("eg-brand", element("b", say(lang, "brand")), inline("", "Etiograph"))
            if lang == "zh"
            else div("eg-brand", element("b", say(lang, "brand"))),
            div("eg-second", say(lang, "sign.in.why")),
            element("a", say(lang, "sign.in"), href=f"/api/login?lang={lang}"),
        ),
    )


def empty(title: str, how: str, lang: Lang) -> Html:
    """Say plainly that there is nothing to show, and what would change that."""
    return wrap(lang, div("eg-empty", element("b", title), div("eg-second", how)))


def _fact(text: str, cls: str = "") -> Html:
    return inline(cls, text)


def _ownership(owner: str | None, state: IncidentState, lang: Lang) -> list[Html]:
    if owner is None:
        return [_fact(say(lang, "unowned"), "eg-alarm")]
    return [_fact(say(lang, "owner", name=owner)), _fact(say(lang, f"state.{state.value}"))]
