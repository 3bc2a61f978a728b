"""What a diagnoser remembers of an incident changes nothing in what it says."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from graph.model.digest import (
    diagnosis_digest,
    library_digest,
    sha256_hex,
    topology_revision,
)
from graph.model.observation import CONFIRM, RULE_OUT, Observation, Result
from graph.model.pack import DomainPack
from reasoning.diagnose import Analyst
from reasoning.engine.state import State
from reasoning.network.causal_model import model_digest
from reasoning.network.evidence import Evidence
from reasoning.network.reading import Reading, Recall
from tests.bench_room import NoKnowledge
from tests.reasoning.evidence_room import evidence, fired, read
from tests.small_pack import PACK, after, small_pack

CLIENTS = ("r1-telecom", "r1-mobile", "r2-telecom", "r2-mobile")


def analyst_of(pack: DomainPack) -> Analyst:
    """Return an analyst that remembers nothing yet."""
    return Analyst(
        pack,
        topology_revision=topology_revision(pack),
        library_digest=library_digest(pack),
        knowledge=NoKnowledge(),
        meter=lambda: 0.0,
    )


def looked(component: str, check: str, result: Result, *, by: str) -> Observation:
    """Make what somebody entered about a component; `check` is an id or a verdict."""
    return Observation(
        evidence_id=f"ob-{by}",
        incident_id="inc-1",
        check_id=f"{check}@{PACK}:{component}",
        result=result,
        by=by,
        at=after(300),
    )


def story(seed: int) -> Iterator[Evidence]:
    """Tell a storm: alerts come one by one, people look, and take back what they said."""
    dice = random.Random(seed)
    alerts = [fired("PlaybackFailureHigh", f"client-{name}", at=after(5)) for name in CLIENTS]
    dice.shuffle(alerts)
    for count in range(1, len(alerts) + 1):
        yield evidence(*alerts[:count])
    whole = evidence(*alerts)
    entered = [
        looked("cdn-a", CONFIRM, Result.POSITIVE, by="li"),
        looked("cdn-a", RULE_OUT, Result.POSITIVE, by="he"),
    ]
    checks = [check.id for check in small_pack().library.checks]
    entered += [looked("cdn-a", check, Result.NEGATIVE, by=f"wu{check}") for check in checks]
    for _ in range(8):
        kept = tuple(entry for entry in entered if dice.random() < 0.5)
        yield replace(whole, observations=kept)
        yield replace(whole, observations=kept, now=after(900 + dice.randrange(3)))


def test_a_story_gives_the_digests_of_a_fresh_diagnosis() -> None:
    """After every alert and every check entered or taken back, memory changes no digest."""
    pack = small_pack()
    for seed in range(3):
        long_lived = analyst_of(pack)
        for seen in story(seed):
            told, fresh = (
                diagnosis_digest(analyst.diagnose(seen, (), computed_at=after(9999)))
                for analyst in (long_lived, analyst_of(pack))
            )
            assert told == fresh


class _EndedError(Exception):
    """Nobody would see the diagnosis."""


def test_one_that_ends_at_any_of_its_steps_leaves_nothing_behind() -> None:
    """A diagnosis has steps where it can end; what comes after it reads as from scratch."""
    pack, told = small_pack(), [*story(1)]
    fresh = [analyst_of(pack).diagnose(seen, (), computed_at=after(9999)) for seen in told]
    steps: list[Evidence] = []
    analyst_of(pack).diagnose(told[0], (), computed_at=after(9999), step=steps.append)
    assert len(steps) >= 5
    for last in range(len(steps)):
        analyst = analyst_of(pack)
        for seen, wanted in zip(told[:4], fresh, strict=False):
            left = iter(range(last))

            def step(_: Evidence, left: Iterator[int] = left) -> None:
                if next(left, None) is None:
                    raise _EndedError

            with pytest.raises(_EndedError):
                analyst.diagnose(seen, (), computed_at=after(9999), step=step)
            again = analyst.diagnose(seen, (), computed_at=after(9999))
            assert diagnosis_digest(again) == diagnosis_digest(wanted)


def test_threads_share_an_analyst() -> None:
    """Three incidents told at once by three threads read as they do one after the other."""
    pack = small_pack()
    shared = analyst_of(pack)
    wrong: list[int] = []

    def tell(seed: int) -> None:
        for seen in story(seed):
            told, fresh = (
                diagnosis_digest(analyst.diagnose(seen, (), computed_at=after(9999)))
                for analyst in (shared, analyst_of(pack))
            )
            if told != fresh:
                wrong.append(seed)

    threads = [threading.Thread(target=tell, args=(seed,)) for seed in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_a_recall_keeps_few_incidents_and_no_stale_network() -> None:
    """The same network gives the same state; another network, or one long unasked, a new one."""
    pack = small_pack()
    one = read(pack, evidence(fired("PlaybackFailureHigh", "client-r1-telecom")))
    other = read(pack, evidence(fired("PlaybackFailureHigh", "client-r2-mobile")))
    recall = Recall(incidents=2)

    def state_of(incident_id: str, reading: Reading) -> State:
        return recall.state(incident_id, reading.document, reading.digest)

    first = state_of("a", one)
    assert state_of("a", one) is first
    second = state_of("a", other)
    assert second is not first
    state_of("b", one)
    state_of("c", one)
    assert state_of("a", other) is not second


def test_a_models_digest_is_that_of_its_canonical_json() -> None:
    """The quick way to a model's digest gives RFC 8785's, whatever the ids and numbers."""
    pack = small_pack()
    document = read(pack, evidence(fired("PlaybackFailureHigh", "client-r1-telecom"))).document
    assert model_digest(document) == sha256_hex(document)

    dice = random.Random(5)
    numbers = [1.0, 0.0, 1e-7, 1e-6, 0.1, 5e-324, *(dice.random() ** 9 for _ in range(200))]
    odd = {
        "schema": "causal/v1",
        "nodes": [
            {"id": 'é"\\\n\u2028\x1f/中😀', "group": {"members": ["b", "a"], "min_healthy": 1}},
            *({"prior": number, "id": f"n{at}"} for at, number in enumerate(numbers)),
        ],
        "links": [],
    }
    assert model_digest(odd) == sha256_hex(odd)  # type: ignore[arg-type]
