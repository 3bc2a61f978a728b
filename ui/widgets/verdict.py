"""The verdict: one sentence, one number, how sure, and why not surer."""

from __future__ import annotations

from typing import Final

from graph.model.base import Text
from graph.model.diagnosis import DiagnosisStatus, HypothesisKind
from ui.format import Lang, clock, count, percent, share, span
from ui.markup import Html, div, element, escape
from ui.markup import span as inline
from ui.scene import Cause, Reign, Scene
from ui.text import listed, pick, say
from ui.widgets.entered import entered_line
from ui.widgets.frame import status_dot, status_word, wrap

# Below this share of mapped alerts a diagnosis may not be conclusive (the coverage line).
COVERAGE_LINE: Final = 0.9
# A second cause this likely is worth naming when we say why we are not surer.
RIVAL_FROM: Final = 0.2
# So many bits of surprise, and even the best explanation fits badly (as in the sentence).
MISFIT_FROM: Final = 10.0
# A fault this much less sure than its place is told apart from it (as in the sentence).
_MODE_SURE: Final = 0.9
_MOST_REASONS: Final = 3
# An approximation is never told as conclusive; from here on that alone may be what holds it back
# (`CONCLUSIVE_FROM` of the engine).
_APPROXIMATE: Final = frozenset({"thinned", "loopy"})
_CAPPED_FROM: Final = 0.9
_LIKELIER_THAN_NOT: Final = 0.5
# For so long after a change the headline says that the top has just changed.
_FRESH_S: Final = 180


def verdict_card(scene: Scene, lang: Lang) -> Html:
    """Draw posterior, circle and word at the left, the sentence and its doubts at the right."""
    diagnosis = scene.diagnosis
    posterior = percent(scene.causes[0].posterior)
    word = "posterior.top" if diagnosis.settling else "posterior"
    state = div(
        "eg-state",
        status_dot(diagnosis.status, settling=False),
        status_word(diagnosis.status, lang, settling=False),
        role="status",
    )
    sure = div("eg-sure", div("eg-sure-word", say(lang, word)), _number(posterior), state)
    return wrap(lang, div("eg-card eg-verdict", sure, div("eg-says", *_says(scene, lang))))


def sentence(scene: Scene, lang: Lang) -> str:
    """Say the verdict in one sentence; while it still changes it begins 还不能定论."""
    diagnosis, top = scene.diagnosis, scene.causes[0]
    name = cause_name(top, lang)
    if _open_mode(top) is not None and top.place is not None:
        name = pick(top.place, lang)
    if diagnosis.settling:
        return say(lang, "verdict.settling", name=name)
    if diagnosis.status is DiagnosisStatus.INCONCLUSIVE:
        return say(lang, "verdict.inconclusive", name=name)
    if top.kind is not HypothesisKind.COMPONENT:
        return say(lang, f"verdict.{top.kind.value}")
    word = f"verdict.{diagnosis.status.value}"
    if diagnosis.status is DiagnosisStatus.CONCLUSIVE and _open_mode(top) is not None:
        word = "verdict.place"
    return say(lang, word, name=name)


def _open_mode(top: Cause) -> tuple[Text, float] | None:
    """Return its most probable fault where that is less sure than that something broke there."""
    mode = top.mode
    return mode if mode is not None and mode[1] < _MODE_SURE * top.posterior else None


def row_name(cause: Cause, lang: Lang) -> str:
    """Name a cause beside its posterior: its place where the fault is less sure than that."""
    mode = _open_mode(cause)
    if mode is None or cause.place is None:
        return cause_name(cause, lang)
    return say(lang, "kind.open", place=pick(cause.place, lang), name=pick(mode[0], lang))


def cause_name(cause: Cause, lang: Lang) -> str:
    """Name a cause: the component with its fault, or one of the outcomes of our words."""
    if cause.kind is HypothesisKind.COMPONENT:
        return pick(cause.name, lang)
    return say(lang, f"kind.{cause.kind.value}")


def doubts(scene: Scene, lang: Lang) -> list[str]:
    """List why the answer is not surer, at most three, what is missing before what speaks against.

    Nothing is listed where nothing is missing and nothing speaks against.
    """
    found = [*_missing(scene, lang), *_against(scene, lang)]
    return found[:_MOST_REASONS]


def coverage_row(scene: Scene, lang: Lang) -> Html:
    """Draw alerts included, mapped and explained, each against its whole; for a moving picture."""
    as_of, coverage = scene.diagnosis.as_of, scene.diagnosis.coverage
    total = as_of.alerts_included + as_of.alerts_pending
    included = as_of.alerts_included / total if total else 1.0
    mapped = share(coverage.mapped)
    if coverage.mapped < COVERAGE_LINE:
        mapped = say(lang, "cover.mapped.low", p=mapped, line=share(COVERAGE_LINE))
    counted = f"{count(as_of.alerts_included)} / {count(total)}"
    return wrap(
        lang,
        div(
            "eg-card eg-cover",
            _gauge(say(lang, "cover.included"), counted, included),
            _gauge(say(lang, "cover.mapped"), mapped, coverage.mapped),
            _gauge(say(lang, "cover.explained"), share(coverage.explained), coverage.explained),
        ),
    )


def changes_card(reigns: tuple[Reign, ...], changed: int, zone: str, lang: Lang) -> Html:
    """Draw who was on top and since when; wider boxes stood longer, none is too narrow to read."""
    heading = div(
        "eg-h",
        element("b", say(lang, "changed.times", n=str(changed))),
        inline("eg-note", say(lang, "changed.note")),
    )
    boxes = [
        div(
            "eg-reign",
            element("b", pick(reign.name, lang)),
            inline("eg-small", say(lang, "changed.from", at=clock(reign.since, zone))),
            style=f"flex:{max(1, int((reign.until - reign.since).total_seconds()))} 1 118px",
        )
        for reign in reigns[-4:]
    ]
    return wrap(lang, div("eg-card", heading, div("eg-reigns", *boxes)))


def _says(scene: Scene, lang: Lang) -> list[Html]:
    diagnosis = scene.diagnosis
    parts = [element("h2", sentence(scene, lang))]
    if reasons := doubts(scene, lang):
        head = say(lang, "why.settling" if diagnosis.settling else "why")
        tail = say(lang, "why.separator").join(reasons) + say(lang, "why.end")
        parts.append(element("p", element("b", head), tail))
    parts += entered_line(diagnosis.entered, lang)
    if diagnosis.settling:
        return [_moving(scene, lang), *parts]
    return [*parts, _meta(scene, lang)]


def _moving(scene: Scene, lang: Lang) -> Html:
    return div(
        "eg-moving",
        inline("eg-state", status_dot(None, settling=True), say(lang, "status.settling")),
        inline("eg-small", _top_since(scene, lang)),
        inline("eg-small", _revision(scene, lang)),
    )


def _top_since(scene: Scene, lang: Lang) -> str:
    """Say for how long the top cause has stood; one that never changed was not changed to."""
    stood_s = _stood_s(scene)
    changed = scene.diagnosis.stability.top_changes_10m > 0
    if stood_s < 1:
        return say(lang, "meta.changed.now" if changed else "meta.new")
    word = "meta.changed" if changed and stood_s < _FRESH_S else "meta.top"
    return say(lang, word, span=span(stood_s, lang))


def _meta(scene: Scene, lang: Lang) -> Html:
    as_of = scene.diagnosis.as_of
    total = as_of.alerts_included + as_of.alerts_pending
    facts = [
        say(lang, "meta.top", span=span(_stood_s(scene), lang)),
        say(lang, "meta.included", n=count(as_of.alerts_included), all=count(total)),
        say(lang, "meta.mapped", p=share(scene.diagnosis.coverage.mapped)),
        *_recalibrated(scene, lang),
        *(say(lang, "meta.source", name=s) for s in scene.diagnosis.sole_sources[:1]),
        _revision(scene, lang),
    ]
    return div("eg-line", *(inline("", fact) for fact in facts))


def _recalibrated(scene: Scene, lang: Lang) -> list[str]:
    """Say what such a posterior has meant so far, where an admin turned that on."""
    told, top = scene.recalibrated, scene.causes[0]
    key = top.key if top.kind is HypothesisKind.COMPONENT else top.kind.value
    if told is None or not told.on or key not in told.posteriors:
        return []
    sure = percent(told.posteriors[key])
    return [say(lang, "meta.recalibrated", n=str(told.cases), p=sure)]


def _revision(scene: Scene, lang: Lang) -> str:
    at = clock(scene.diagnosis.as_of.now, scene.zone)
    return say(lang, "meta.revision", n=str(scene.diagnosis.revision), at=at)


def _stood_s(scene: Scene) -> float:
    diagnosis = scene.diagnosis
    return (diagnosis.as_of.now - diagnosis.stability.top_since).total_seconds()


def _missing(scene: Scene, lang: Lang) -> list[str]:
    diagnosis = scene.diagnosis
    found = []
    if (mode := _open_mode(scene.causes[0])) is not None:
        found.append(say(lang, "why.mode", name=pick(mode[0], lang), p=percent(mode[1])))
    misfit = diagnosis.surprise
    if misfit is not None and misfit.bits >= MISFIT_FROM:
        left, usual = f"{misfit.unexplained:.0f}", f"{misfit.expected:.0f}"
        found.append(say(lang, "why.misfit", n=left, usual=usual))
    capped = diagnosis.engine.method in _APPROXIMATE
    if capped and scene.causes[0].posterior >= _CAPPED_FROM:
        found.append(say(lang, "why.capped"))
    if diagnosis.as_of.alerts_pending:
        found.append(say(lang, "why.pending", n=count(diagnosis.as_of.alerts_pending)))
    if diagnosis.coverage.mapped < COVERAGE_LINE:
        found.append(say(lang, "why.mapped", p=share(1 - diagnosis.coverage.mapped)))
    if scene.lost:
        names = listed([pick(source.name, lang) for source in scene.lost], lang)
        found.append(say(lang, "why.lost", name=names))
    elif silent := scene.causes[0].unobserved:
        text = pick(silent[0][0], lang)
        found.append(say(lang, "why.unobserved", n=count(len(silent)), text=text))
    return found


def _against(scene: Scene, lang: Lang) -> list[str]:
    diagnosis, top = scene.diagnosis, scene.causes[0]
    found = _beside(scene, lang)
    if top.evidence_against:
        found.append(say(lang, "why.against", text=pick(top.evidence_against[0][0], lang)))
    named = _named_beside(scene)
    rivals = [c for c in scene.causes[1:] if c.posterior >= RIVAL_FROM and c.key not in named]
    if rivals:
        rival = max(rivals, key=lambda c: c.posterior)
        name = row_name(rival, lang)
        found.append(say(lang, "why.rival", name=name, p=percent(rival.posterior)))
    if diagnosis.coverage.unexplained >= 1 - COVERAGE_LINE:
        found.append(say(lang, "why.unexplained", p=share(diagnosis.coverage.unexplained)))
    if diagnosis.engine.method in _APPROXIMATE and top.posterior < _CAPPED_FROM:
        found.append(say(lang, "why.loopy"))
    return found


def _beside(scene: Scene, lang: Lang) -> list[str]:
    """Say whom the top cannot be told from, or what is there besides it."""
    top, diagnosis = scene.causes[0].key, scene.diagnosis
    for group in diagnosis.inseparable_sets:
        if top in group.component_ids:
            names = _names(scene, group.component_ids, lang)
            return [say(lang, "why.set", names=names, p=percent(group.posterior))]
    together = diagnosis.causes_together
    if together is None or top not in together.component_ids:
        return _other_set(scene, lang)
    names = _names(scene, together.component_ids, lang)
    plainly = together.posterior_at_least > _CAPPED_FROM
    word = "why.together" if plainly else "why.together.perhaps"
    return [say(lang, word, names=names, p=percent(together.posterior_at_least))]


def _other_set(scene: Scene, lang: Lang) -> list[str]:
    """Name a set that is likelier there than not, besides the top."""
    for group in scene.diagnosis.inseparable_sets:
        if group.posterior > _LIKELIER_THAN_NOT:
            names = _names(scene, group.component_ids, lang)
            return [say(lang, "why.set.other", names=names, p=percent(group.posterior))]
    return []


def _named_beside(scene: Scene) -> set[str]:
    diagnosis = scene.diagnosis
    named = {c for group in diagnosis.inseparable_sets for c in group.component_ids}
    if diagnosis.causes_together is not None:
        named |= set(diagnosis.causes_together.component_ids)
    return named


def _names(scene: Scene, component_ids: tuple[str, ...], lang: Lang) -> str:
    """Name the others of a set, as the rows of the causes call them."""
    rows = {cause.key: cause for cause in scene.causes}
    others = [c for c in component_ids if c != scene.causes[0].key]
    return listed([cause_name(rows[c], lang) if c in rows else c for c in others], lang)


def _number(posterior: str) -> Html:
    return div("eg-44", escape(posterior.rstrip("%")), element("small", "%"))


def _gauge(name: str, value: str, filled: float) -> Html:
    top = div("eg-cover-top", inline("", name), element("b", value))
    fill = element("div", style=f"width:{filled * 100:.1f}%")
    return div("", top, div("eg-gauge", fill))
