"""Ribbon, map and timeline, drawn: whom it hurts, what was lost sight of, in which order."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from graph.model.diagnosis import DiagnosisStatus
from tests.ui import samples
from tests.ui.drawn import read
from ui.scene import StepState
from ui.widgets import (
    frame,
    map,
    ribbon,
    timeline,
)


def test_the_ribbon_signs_every_state_with_a_word() -> None:
    """The sign never stands alone, and a step without evidence says that."""
    steps = (*samples.steps()[1:], replace(samples.steps()[0], state=StepState.UNSURE))
    text = read(ribbon.ribbon(steps, samples.people(), "zh"))

    for words in ("✕ 断在这里", "▲ 受损", "✓ 未见异常", "? 说不准", "没有涉及它的证据"):
        assert words in text


def test_people_are_said_with_their_basis() -> None:
    """Estimated or known, growing or not, and nobody is said too."""
    growing = samples.people(growing=True)
    known = samples.people(estimated=False)
    nobody = samples.people(users=0, regions=())

    assert read(ribbon.people_line(growing, "zh")).startswith("至少 23,106 人")
    assert "（已知）" in read(ribbon.people_line(known, "zh"))
    assert "没有人受影响的迹象" in read(ribbon.people_line(nobody, "zh"))


def test_numbered_regions_become_ranges_and_others_a_list() -> None:
    """Twelve regions fit on one line."""
    numbered = tuple(samples.both(f"区域 {n}", f"region {n}") for n in (1, 2, 3, 7))
    named = tuple(samples.both(f"{c}省", f"province {c}") for c in "ABCDEFG")

    assert ribbon.region_names(numbered, "zh") == "区域 1–3、7"
    assert ribbon.region_names(numbered, "en") == "regions 1–3, 7"
    assert ribbon.region_names(named, "zh").endswith("等 7 个区域")


def test_lost_monitoring_is_said_and_never_called_normal() -> None:
    """Name, last heartbeat, and that silence there is no evidence."""
    text = read(frame.lost_banner(samples.settling_scene().lost, samples.ZONE, "zh"))

    assert "区域 5 监控失联，不代表正常" in text
    assert "21:38:10" in text
    assert frame.lost_banner((), samples.ZONE, "zh") == ""


def test_a_source_that_never_spoke_is_lost_too() -> None:
    """Without any heartbeat the banner says so."""
    lost = tuple(replace(s, last_at=None) for s in samples.settling_scene().lost)

    assert "没有收到过心跳" in read(frame.lost_banner(lost, samples.ZONE, "zh"))


def test_an_unowned_incident_says_so_in_its_heading() -> None:
    """Nobody owning it is part of the first line."""
    assert "无人认领" in read(frame.incident_heading(samples.settling_scene(), "zh"))
    assert "负责人\u00a0周岚" in read(frame.incident_heading(samples.scene(), "zh"))


def test_the_rule_that_fired_stands_in_the_heading() -> None:
    """Urgency always comes with its reason."""
    assert "P0 依据：考试周，考试受损概率 62%，超过 30%" in read(
        frame.incident_heading(samples.scene(), "zh")
    )


def test_the_map_is_the_same_for_equal_input_and_keeps_its_bands() -> None:
    """Layers stand in their order and every box stands in its layer."""
    graph = samples.graph_map()
    rows = map.arrange(graph)

    assert map.map_picture(graph, "zh") == map.map_picture(samples.graph_map(), "zh")
    assert [row[0] for row in rows] == sorted((row[0] for row in rows), key=map._ORDER.index)
    assert sum(len(row[1]) for row in rows) == len(graph.nodes)


def test_a_full_band_takes_several_rows() -> None:
    """Twenty boxes of one layer stay legible."""
    node = samples.graph_map().nodes[-1]
    many = tuple(replace(node, id=f"med:n-{i}") for i in range(20))
    rows = map.arrange(replace(samples.graph_map(), nodes=many, edges=(), paths=()))

    assert [len(row[1]) for row in rows] == [7, 7, 6]


def test_the_top_cause_carries_the_circle_of_the_verdict() -> None:
    """One sign, one meaning: no colour of danger for the top cause."""
    markup = map.map_picture(samples.graph_map(), "zh", DiagnosisStatus.LIKELY)

    assert re.search(r'eg-node-top[^>]*><span><span class="eg-dot eg-dot-likely"', markup)


def test_the_table_holds_what_the_map_shows() -> None:
    """Readers and screen readers get the same boxes."""
    text = read(map.map_table(samples.graph_map(), "zh", DiagnosisStatus.LIKELY))

    for node in samples.graph_map().nodes:
        assert node.name.zh in text


def test_timeline_marks_stay_inside_and_names_do_not_collide() -> None:
    """Marks at one instant take rows of their own."""
    line = samples.timeline()
    crowded = replace(line, people=line.people * 3)
    markup = timeline.timeline_card(crowded, samples.ZONE, "zh")
    places = [float(x) for x in re.findall(r"left:([\d.]+)%", markup)]

    assert all(0 <= place <= 100 for place in places)
    assert re.findall(r"eg-mark[^>]*top:(\d+)px", markup)[-3:] == ["2", "24", "46"]


@pytest.mark.parametrize("minutes", [0, 1, 9, 75, 600, 4000])
def test_the_axis_has_few_ticks_however_long_the_night(minutes: int) -> None:
    """At most eleven ticks between a minute and three days."""
    line = replace(samples.timeline(), changes=(), now=samples.BEGAN + timedelta(minutes=minutes))
    markup = timeline.timeline_card(line, samples.ZONE, "zh")

    assert 1 <= markup.count("eg-tick") <= 11


def test_a_crowded_map_keeps_few_lines_at_each_box() -> None:
    """Sixty boxes with every line would show none; the alerting ends keep theirs first."""
    graph = samples.graph_map()
    services = [n.id for n in graph.nodes if n.layer.value == "service"]
    storage = [n.id for n in graph.nodes if n.layer.value == "storage"]
    steps = [n.id for n in graph.nodes if n.layer.value == "step"]
    crowd = tuple((a, b) for a in services for b in storage) + tuple(
        (a, b) for a in steps for b in storage
    )

    lines = map.legible(replace(graph, edges=crowd))

    assert not any(a in steps for a, _ in lines)
    assert all(sum(end in edge for edge in lines) <= 3 for end in (*services, *storage))
    assert any("med:player-api" in edge for edge in lines)
