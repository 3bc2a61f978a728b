"""The card of a chosen box: what it is, how it stands, what people know of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median
from typing import Final

from api.schemas.graph import ComponentDetail, Neighbour, PathView
from graph.model.topology import RelationType
from ui.format import Lang, clock, day, minutes, percent, prior_percent
from ui.graph_scene import DrawnNode, Picture, step_key
from ui.markup import Html, div, element, join
from ui.markup import span as inline
from ui.scene import StepState
from ui.text import LABELS, listed, pick, say
from ui.widgets.frame import status_dot, wrap
from ui.widgets.knowledge import short_id
from ui.widgets.ribbon import state_sign

_MOST: Final = 3
_HARMLESS: Final = frozenset({RelationType.REPLICATES_TO, RelationType.PRECEDES})


@dataclass(frozen=True, slots=True)
class CardFacts:
    """A chosen component: its box, what the API tells, and the way between it and the centre."""

    node: DrawnNode
    detail: ComponentDetail
    path: PathView | None


def component_card(facts: CardFacts, picture: Picture, lang: Lang) -> Html:
    """Draw the card of a component; lines without data are left out."""
    detail, node = facts.detail, facts.node
    rows = [
        *_fault(node, detail, picture, lang),
        _row("serves", _serves(detail, lang), lang),
        _row("group", _groups(detail, lang), lang),
        _row("single", pick(detail.single.reason, lang) if detail.single else "", lang),
        _row("needs", _named(_needed(detail), lang), lang),
        _row("carries", _named(detail.downstream, lang), lang),
        _row("path", _path(facts.path, lang), lang),
        _row("change", _change(detail), lang),
        _row("incident", _incidents(detail, lang), lang),
        _row("past", _past(detail, lang), lang),
        _row("alias", listed(_aliases(detail, lang), lang), lang),
        _row("source", _source(detail, lang), lang),
    ]
    heading = _heading(short_id(detail.id), pick(detail.kind_name, lang), node, picture, lang)
    name = div("eg-second", pick(detail.name, lang))
    return wrap(lang, heading, name, element("dl", *filter(None, rows), cls="eg-facts"))


def step_card(node: DrawnNode, picture: Picture, lang: Lang) -> Html:
    """Draw the card of a flow step: its state, and the components on which it stands."""
    flow = picture.flow
    used = [
        use
        for step in (flow.steps if flow else ())
        if flow and step_key(flow.id, step.id) == node.id
        for use in step.uses
    ]
    names = _short([short_id(use.id) for use in used], lang)
    state = _state(node, picture, lang)
    rows = [
        _row("flow", pick(flow.name, lang) if flow else "", lang),
        _row("uses", names, lang),
    ]
    heading = _heading(pick(node.name, lang), say(lang, "graph.layer.step"), node, picture, lang)
    return wrap(lang, heading, state, element("dl", *filter(None, rows), cls="eg-facts"))


def no_card(lang: Lang, key: str = "graph.card.none") -> Html:
    """Say how a card comes here, or that the chosen component is not to be seen."""
    return wrap(lang, div("eg-second", say(lang, key)))


def sop_list(detail: ComponentDetail, lang: Lang) -> Html:
    """List the SOPs of a component, those that name it marked."""
    items = []
    for sop in detail.sops:
        named = inline("eg-cite", say(lang, "graph.sop.named")) if sop.named else Html("")
        name = f"{short_id(sop.sop_id).upper()} {pick(sop.title, lang)}"
        items.append(element("li", element("span", name, named)))
    return wrap(lang, element("ul", *items, cls="eg-steps"))


def _heading(name: str, kind: str, node: DrawnNode, picture: Picture, lang: Lang) -> Html:
    parts: list[Html] = [element("h3", name), inline("eg-badge", kind)]
    if node.share is not None and node.kind_name is not None:
        dot = status_dot(picture.status, settling=False) if node.top else Html("")
        share = f"{say(lang, 'graph.col.share')} {percent(node.share)}"
        parts.append(element("b", dot, share, cls="eg-right"))
    return div("eg-h eg-node-title", *parts)


def _state(node: DrawnNode, picture: Picture, lang: Lang) -> Html:
    if not picture.judged or node.share is None:
        return Html("")
    odds = say(lang, "step.p", p=percent(node.share))
    return div("eg-second", join([state_sign(node.state, lang), " ", inline("", odds)]))


def _row(key: str, text: str | Html, lang: Lang) -> Html:
    if not text:
        return Html("")
    return div("", element("dt", say(lang, f"graph.card.{key}")), element("dd", text))


def _fault(
    node: DrawnNode, detail: ComponentDetail, picture: Picture, lang: Lang
) -> Iterable[Html]:
    """Tell the fault of the top cause; of other components how their kind usually fails."""
    top = picture.incident.top if picture.incident and node.top else None
    if top is not None:
        usual = say(
            lang, "graph.card.fault.top", name=pick(top.name, lang), p=prior_percent(top.prior)
        )
        yield _row("fault", usual, lang)
        return
    modes = [
        say(lang, "graph.card.mode", name=pick(m.name, lang), p=prior_percent(m.base_rate))
        for m in detail.modes[:2]
    ]
    yield _row("modes", listed(modes, lang), lang)


def _serves(detail: ComponentDetail, lang: Lang) -> str:
    steps = list(dict.fromkeys(pick(step.step_name, lang) for step in detail.steps))
    parts = [pick(detail.region, lang)] if detail.region else []
    return ("；" if lang == "zh" else "; ").join(
        [*parts, *([_short(steps, lang)] if steps else [])]
    )


def _groups(detail: ComponentDetail, lang: Lang) -> str:
    lines = []
    for group in detail.groups:
        key = "graph.card.group.in" if group.is_member else "graph.card.group.own"
        fields = {"name": short_id(group.id)} if group.is_member else {}
        least = str(group.min_healthy)
        lines.append(say(lang, key, all=str(group.members), least=least, **fields))
    return ("；" if lang == "zh" else "; ").join(lines)


def _needed(detail: ComponentDetail) -> list[Neighbour]:
    """Leave out the members of a group: the line on redundancy counts them."""
    return [n for n in detail.upstream if n.type is not RelationType.PART_OF]


def _named(neighbours: Iterable[Neighbour], lang: Lang) -> str:
    """Name what harm travels from or to; copies and orders carry none."""
    ids = (short_id(n.id) for n in neighbours if n.type not in _HARMLESS)
    return _short(list(dict.fromkeys(ids)), lang)


def _short(names: list[str], lang: Lang) -> str:
    """Name the first three, and how many there are where there are more."""
    text = listed(names[:_MOST], lang)
    if len(names) <= _MOST:
        return text
    return f"{text} {say(lang, 'graph.card.more', n=str(len(names)))}"


def _path(path: PathView | None, lang: Lang) -> str:
    if path is None or len(path.steps) < 2:
        return ""
    names = " → ".join(short_id(step.id) for step in path.steps)
    return say(lang, "graph.card.path.line", path=names, p=percent(path.probability))


def _change(detail: ComponentDetail) -> Html:
    """Quote the newest change as its source wrote it."""
    if not detail.changes:
        return Html("")
    change = detail.changes[0]
    at = f"{day(change.at, detail.timezone)} {clock(change.at, detail.timezone, seconds=False)}"
    what = " ".join(part for part in (change.summary or change.change_id, change.actor) if part)
    return join([f"{at} ", inline("eg-code", what)])


def _incidents(detail: ComponentDetail, lang: Lang) -> str:
    lines = []
    for mention in detail.incidents[:_MOST]:
        title = pick(mention.title, lang)
        if mention.top_cause:
            lines.append(say(lang, "graph.card.incident.top", title=title))
        else:
            n = str(mention.alerts)
            lines.append(say(lang, "graph.card.incident.alerts", title=title, n=n))
    return ("；" if lang == "zh" else "; ").join(lines)


def _past(detail: ComponentDetail, lang: Lang) -> str:
    own = [case for case in detail.cases if case.same]
    if not own:
        return ""
    took = minutes(median(case.minutes_to_repair for case in own), lang)
    return say(lang, "graph.card.past.line", n=str(len(own)), minutes=took)


def _aliases(detail: ComponentDetail, lang: Lang) -> list[str]:
    """Choose the first three aliases that this language reads."""
    return [name for name in detail.aliases if lang == "zh" or name.isascii()][:_MOST]


def _source(detail: ComponentDetail, lang: Lang) -> str:
    near = [*detail.upstream, *detail.downstream]
    keys = (f"graph.source.{n.discovered_from}" for n in near)
    origins = sorted({key if key in LABELS else "graph.source.document" for key in keys})
    known = [say(lang, key) for key in origins]
    bases = sorted({n.basis.value for n in near})
    words = [say(lang, f"graph.basis.{basis}") for basis in bases]
    return ("；" if lang == "zh" else "; ").join(
        part for part in (listed(known, lang), listed(words, lang)) if part
    )


def state_words(node: DrawnNode, picture: Picture, lang: Lang) -> str:
    """Say how a box stands, in the words of the table."""
    words = []
    if node.top:
        words.append(say(lang, "graph.state.top"))
    elif picture.judged:
        key = "lost" if node.lost else node.state.value
        if node.state is StepState.CLEAR and node.kind_name is not None:
            key = "quiet"
        words.append(say(lang, f"graph.state.{key}"))
    if node.single:
        words.append(say(lang, "graph.state.single"))
    return ("，" if lang == "zh" else ", ").join(words) or "—"
