"""The tab of proposed relations: what is said of each, in both languages."""

from __future__ import annotations

import pytest

from api.schemas.graph import GraphNode
from api.schemas.proposals import ProposedRelations, ProposedRelationView
from graph.model.topology import RelationType
from graph.siblings import Kinship
from tests.ui import samples
from tests.ui.drawn import read
from ui.format import Lang
from ui.widgets.proposals import proposals_table


def _node(slug: str, name: str = "") -> GraphNode:
    text = samples.both(name or slug, name or slug)
    return GraphNode(id=f"med:{slug}", name=text, kind="cdn_node", kind_name=text, layer="node")


def _proposal(kinship: Kinship, *, used: bool | None = None) -> ProposedRelationView:
    return ProposedRelationView(
        source=_node("client-r1"),
        type=RelationType.DEPENDS_ON,
        target=_node("edge-1"),
        strength=0.2,
        confidence=0.75,
        kinship=kinship,
        witnesses=tuple(_node(f"client-r{n}") for n in range(2, 7)),
        having=5,
        siblings=6,
        used=used,
        accept="- {from: client-r1}",
        refuse="- {from: client-r1, confidence: 0}",
    )


def _drawn(*items: ProposedRelationView, incident: str | None, lang: Lang) -> str:
    return read(proposals_table(ProposedRelations(items=items, incident_id=incident), lang))


@pytest.mark.parametrize("kinship", list(Kinship))
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_each_says_what_why_and_how_sure(kinship: Kinship, lang: Lang) -> None:
    """Relation, how many of which siblings have it, three of their names, chance and strength."""
    text = _drawn(_proposal(kinship), incident=None, lang=lang)
    assert ("client-r1 依赖 edge-1" if lang == "zh" else "client-r1 depends on edge-1") in text
    assert ("6 个" in text and "5 个有" in text) if lang == "zh" else "5 of" in text
    assert "client-r4" in text and "client-r5" not in text
    assert ("client-r4 等" if lang == "zh" else "and others") in text
    assert "75%" in text and "20%" in text
    assert ("这次诊断" if lang == "zh" else "This diagnosis") not in text


@pytest.mark.parametrize(
    ("used", "zh", "en"),
    [
        (True, "用到了", "used it"),
        (False, "没用到", "did not use it"),
        (None, "说不准，等新一版", "not known until the next revision"),
    ],
)
def test_of_an_incident_each_says_whether_it_was_used(used: bool | None, zh: str, en: str) -> None:
    """Used, not used, or not to be told while a new revision is on its way."""
    one = _proposal(Kinship.ALIKE, used=used)
    assert zh in _drawn(one, incident="inc-1", lang="zh")
    assert en in _drawn(one, incident="inc-1", lang="en")


def test_many_are_cut_and_counted() -> None:
    """Fifty rows are shown, and how many more there are."""
    many = [_proposal(Kinship.KIND)] * 53
    assert "另有 3 条" in _drawn(*many, incident=None, lang="zh")
