"""Silence counts as far as a rule could be heard: cut notifications, absent rules, people."""

from __future__ import annotations

import pytest

from graph.failure import FailureGraph
from graph.model.library import AlertType, Direction
from graph.model.pack import AbsentRule, DomainPack
from graph.model.signals import AlertRecord
from reasoning.answer.explain import Explainer
from reasoning.answer.words import silence_text
from reasoning.network.evidence import Catalogue, Quiet
from reasoning.network.reading import Reading
from tests.reasoning.evidence_room import evidence, fired, read
from tests.small_pack import small_pack, text

CDN = "small:cdn-a"


def _clients(*slugs: str, share: float = 1.0) -> tuple[AlertRecord, ...]:
    """Let these clients fail, heard in notifications of which so much arrived."""
    records = (fired("PlaybackFailureHigh", slug) for slug in slugs)
    return tuple(
        r.model_copy(update={"alert": r.alert.model_copy(update={"arrived_share": share})})
        for r in records
    )


def _two(share: float = 1.0) -> Reading:
    """Two of the node's four clients fail; the other two are silent."""
    return read(
        small_pack(), evidence(*_clients("client-r1-mobile", "client-r1-telecom", share=share))
    )


def _silences(reading: Reading) -> dict[str, float]:
    return {
        str(c["node"]): float(str(c["detection"]))
        for c in reading.model.channels
        if str(c["id"]).endswith("~silence") and c["node"] != "external"
    }


def test_a_notification_cut_short_weakens_all_silence() -> None:
    """Half of the alerts were cut off: a silent client may have been among them."""
    whole, half = _two(), _two(share=0.5)
    assert _silences(whole)["small:client-r2-mobile"] == pytest.approx(0.8)
    assert _silences(half)["small:client-r2-mobile"] == pytest.approx(0.4)
    assert half.born[CDN] > whole.born[CDN]


def test_a_whole_notification_changes_nothing() -> None:
    """Everything arrived: the same network as where nobody says anything of shares."""
    assert _two(share=1.0).document == _two().document


def test_silent_own_alerts_count_by_the_share_that_arrived_too() -> None:
    """The dead node's own rule may have been cut off: it is less unlikely than with all heard."""
    whole, half = _two(), _two(share=0.5)
    ratio = {
        name: next(p for p in r.model.modes[CDN] if p.mode.id.endswith("node-down")).conditioned
        for name, r in (("whole", whole), ("half", half))
    }
    odds = {name: p / (1.0 - p) for name, p in ratio.items()}
    assert odds["half"] / odds["whole"] == pytest.approx((1 - 0.9 * 0.5) / (1 - 0.9))


def _without(*rules: AbsentRule) -> DomainPack:
    pack = small_pack()
    return pack.model_copy(
        update={"settings": pack.settings.model_copy(update={"absent_rules": rules})}
    )


@pytest.mark.parametrize(
    ("rule", "counts"),
    [
        (AbsentRule(alertname="PlaybackFailureHigh"), False),
        (AbsentRule(alertname="*", kinds=("client_group",)), False),
        (AbsentRule(alertname="*", components=("small:client-r2-mobile",)), False),
        (AbsentRule(alertname="*", kinds=("database",)), True),
        (AbsentRule(alertname="HighErrorRate"), True),
        (AbsentRule(alertname="*", sites=("elsewhere",)), True),
    ],
)
def test_the_silence_of_a_rule_that_is_not_loaded_says_nothing(
    rule: AbsentRule, counts: bool
) -> None:
    """A pack says where a rule is missing; there, and only there, its silence is no evidence."""
    storm = evidence(*_clients("client-r1-mobile", "client-r1-telecom"))
    reading = read(_without(rule), storm)
    assert ("small:client-r2-mobile" in _silences(reading)) is counts
    assert (reading.born[CDN] > _two().born[CDN]) is not counts
    assert Quiet.NO_RULE not in {reason for _, _, reason in reading.model.quiet}


@pytest.mark.parametrize("share", [1.0, 0.6])
@pytest.mark.parametrize("slugs", [("client-r1-mobile",), ("client-r1-mobile", "client-r2-mobile")])
def test_who_is_looked_at_alone_says_what_its_like_say(
    slugs: tuple[str, ...], share: float
) -> None:
    """A rule missing nowhere has every component looked at by itself, and changes nothing."""
    storm = evidence(*_clients(*slugs, share=share))
    alike, alone = read(small_pack(), storm), read(_without(AbsentRule(alertname="Nobody")), storm)
    assert alone.document == alike.document
    assert alone.model.quiet == alike.model.quiet
    assert alone.model.meaning == alike.model.meaning


def test_a_rule_that_speaks_all_the_same_is_heard() -> None:
    """An alert of a rule that the pack calls absent is evidence: somebody loaded it."""
    absent = _without(AbsentRule(alertname="PlaybackFailureHigh"))
    storm = evidence(*_clients("client-r1-mobile", "client-r1-telecom"))
    spoken = [c for c in read(absent, storm).model.meaning.values() if c.active]
    assert len(spoken) == 2


def _with_rule(alertname: str, *, detection: float = 0.3, speaks_only: bool = False) -> DomainPack:
    """Give the client groups one more rule."""
    pack = small_pack()
    rule = AlertType(
        alertname=alertname,
        kinds=("client_group",),
        direction=Direction.DEPENDANT,
        name=text(alertname),
        detection=detection,
        false_alarm=0.05,
        delay_s=0,
        speaks_only=speaks_only,
    )
    types = (*pack.library.alert_types, rule)
    return pack.model_copy(
        update={"library": pack.library.model_copy(update={"alert_types": types})}
    )


def test_beside_a_rule_that_spoke_silence_is_worth_a_factor_of_two_at_most() -> None:
    """A client that fails need not be slow as well; one of which nothing speaks is calm by both."""
    pack = _with_rule("FirstFrameSlow", detection=0.9)
    both = read(pack, evidence(*_clients("client-r1-mobile", "client-r1-telecom")))
    silent = _silences(both)
    assert silent["small:client-r2-mobile"] == pytest.approx(0.95)
    assert silent["small:client-r1-mobile"] == pytest.approx(0.5)
    unspoken = read(pack, evidence(*_clients("client-r1-mobile")))
    assert _silences(unspoken)["small:client-r1-telecom"] == pytest.approx(0.95)


def test_silence_beside_speech_is_told_by_the_rules_that_were_silent() -> None:
    """Of a client that did speak nobody reads that it stayed silent; a calm one is named alone."""
    pack, seen = _with_rule("FirstFrameSlow"), evidence(*_clients("client-r1-mobile"))
    graph, catalogue = FailureGraph(pack), Catalogue.of(pack.library.alert_types)
    reading = read(pack, seen)
    explainer = Explainer(pack, graph, catalogue, seen, reading)
    told = {
        channel.component_id: explainer.fact(channel)[1].en
        for channel in reading.model.meaning.values()
        if channel.silent
    }
    assert told["small:client-r1-mobile"] == "client-r1-mobile stayed silent (FirstFrameSlow)"
    assert told["small:client-r2-mobile"] == "client-r2-mobile stayed silent"


def test_of_many_silent_rules_three_are_named() -> None:
    """A service has a dozen of them, and a sentence no room for all."""
    component = small_pack().components[0]
    told = silence_text(component, [text(f"rule {n}") for n in range(5)])
    assert told.zh.endswith("该响未响（rule 0、rule 1、rule 2 等 5 条）")
    assert told.en.endswith("stayed silent (rule 0, rule 1, rule 2 and 2 more)")


def test_a_call_from_people_leaves_the_silence_of_the_rule_standing() -> None:
    """People may be wrong about what the rule would have heard: its silence still counts."""
    pack = _with_rule("PeopleReportPlayback", speaks_only=True)
    called = read(pack, evidence(fired("PeopleReportPlayback", "client-r1-mobile")))
    assert _silences(called)["small:client-r1-mobile"] == pytest.approx(0.8)


def _people() -> DomainPack:
    """Let people report failing playback, by one rule that only speaks."""
    return _with_rule("PeopleReportPlayback", speaks_only=True)


def test_what_people_report_is_evidence_like_an_alert() -> None:
    """Calls from two more client groups of the node make it likelier, by their stated rates."""
    storm = _clients("client-r1-mobile", "client-r1-telecom")
    calls = [fired("PeopleReportPlayback", f"client-r2-{c}") for c in ("mobile", "telecom")]
    quiet, called = (read(_people(), evidence(*storm, *c)) for c in ([], calls))
    assert called.born[CDN] > quiet.born[CDN]


def test_that_nobody_calls_says_nothing() -> None:
    """Without a report the network is byte for byte the one of a platform that takes none."""
    storm = evidence(*_clients("client-r1-mobile", "client-r1-telecom"))
    assert read(_people(), storm).document == read(small_pack(), storm).document
