"""What must not change the words of an answer, and what must change only what it should."""

from __future__ import annotations

import pytest

from graph.model.base import Text
from graph.model.diagnosis import Diagnosis
from graph.model.library import Check
from graph.model.pack import DomainPack
from graph.model.topology import Component
from tests.bench_room import BenchRoom
from tests.payloads import alert
from tests.reasoning.test_sets import twins
from tests.small_pack import PACK, after, small_pack, text

PACKS = pytest.mark.parametrize("pack", [small_pack(), twins()], ids=["one node", "twins"])


def _diagnose(pack: DomainPack, *, twice: bool = False) -> Diagnosis:
    room = BenchRoom(pack)
    room.beat(after(-60))
    room.storm()
    if twice:
        room.storm()
    room.beat(after(600))
    return room.diagnose()


def _words(diagnosis: Diagnosis) -> tuple[object, ...]:
    return (
        diagnosis.sentence,
        diagnosis.inseparable_sets,
        diagnosis.causes_together,
        diagnosis.ruled_out,
        diagnosis.next_checks,
        diagnosis.sole_sources,
    )


@PACKS
def test_a_bystander_changes_no_word(pack: DomainPack) -> None:
    """A component that nothing connects to the storm is never spoken of."""
    bystander = Component(id=f"{PACK}:a-bystander", kind="database", name=text("a-bystander"))
    more = pack.model_copy(update={"components": (bystander, *pack.components)})
    assert _words(_diagnose(more)) == _words(_diagnose(pack))


@PACKS
def test_an_alert_that_is_sent_again_changes_no_word(pack: DomainPack) -> None:
    """Alertmanager repeats itself; nobody is surer for it."""
    assert _words(_diagnose(pack, twice=True)) == _words(_diagnose(pack))


@PACKS
def test_another_name_changes_only_the_name(pack: DomainPack) -> None:
    """Renamed, the node stands at the same place with the same figures."""
    names = {f"{PACK}:cdn-a": Text(zh="甲节点", en="Node One")}
    renamed = pack.model_copy(
        update={
            "components": tuple(
                c.model_copy(update={"name": names.get(c.id, c.name)}) for c in pack.components
            )
        }
    )
    before, now = _diagnose(pack), _diagnose(renamed)
    assert before.sentence is not None and now.sentence is not None
    assert now.sentence.zh.replace("甲节点", "cdn-a").replace(
        " ", ""
    ) == before.sentence.zh.replace(" ", "")
    assert now.inseparable_sets == before.inseparable_sets
    assert [c.answers for c in now.next_checks] == [c.answers for c in before.next_checks]


@PACKS
def test_a_check_that_nothing_names_changes_no_word(pack: DomainPack) -> None:
    """What no fault mode names is never asked."""
    idle = Check(id="lib:zz", text=text("zz"), minutes=0.1, detection=0.99, false_alarm=0.01)
    library = pack.library.model_copy(update={"checks": (*pack.library.checks, idle)})
    more = pack.model_copy(update={"library": library})
    assert _words(_diagnose(more)) == _words(_diagnose(pack))


def test_a_later_sign_of_one_twin_dissolves_the_set_and_leaves_the_harm() -> None:
    """One of them says that it is down: no set any more, the same step is hit."""
    room = BenchRoom(twins())
    room.beat(after(-60))
    room.storm()
    room.beat(after(600))
    before = room.diagnose()
    room.send(alert("CdnNodeDown", at=after(5), host="cdn-a2"), at=after(610))
    now = room.diagnose()
    assert before.inseparable_sets and not now.inseparable_sets
    assert now.hypotheses[0].component_id == "small:cdn-a2"
    assert now.hypotheses[0].posterior > before.inseparable_sets[0].posterior - 0.2
    assert [i.step_id for i in now.impact] == [i.step_id for i in before.impact]
