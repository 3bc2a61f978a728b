"""Bad input is refused in one line that names the file, the place and the value."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reasoning.engine.json_shape import Place, decode
from reasoning.engine.problem import ProblemError
from reasoning.engine.problem_files import (
    parse_observation,
    parse_problem,
    read_observations,
    read_problem,
)
from tests.reasoning.engine.networks import channel, document, link, problem_of

Break = Callable[[dict[str, Any]], object]


def good() -> dict[str, Any]:
    """Return a problem with every feature: prior, fault modes, a group, links, channels."""
    return document(
        [
            {"id": "n0", "prior": 0.01},
            {
                "id": "n1",
                "faults": [{"id": "n1/disk", "prior": 0.1}, {"id": "n1/pool", "prior": 0}],
            },
            {"id": "n2", "prior": 1},
            {"id": "n3", "group": {"members": ["n0", "n1", "n2"], "min_healthy": 2}},
        ],
        [link("n0", "n1", 0.5), link("n1", "n2", 1.0)],
        [channel("c0", "n0", 0.9, 0.01), channel("c1", "n1/disk", 0.9, 0.01, on="fault")],
    )


BROKEN: list[tuple[str, Break]] = [
    ("FILE: schema: must be 'causal/v1', is missing", lambda d: d.pop("schema")),
    ("FILE: schema: must be 'causal/v1', is 'causal/v2'", lambda d: d.update(schema="causal/v2")),
    ("FILE: schema: must be 'causal/v1', is 1", lambda d: d.update(schema=1)),
    ("FILE: unknown field 'note'; known are", lambda d: d.update(note="x")),
    ("FILE: missing field 'links'", lambda d: d.pop("links")),
    ("FILE: missing field 'channels'", lambda d: d.pop("channels")),
    ("FILE: nodes: must not be empty", lambda d: d.update(nodes=[])),
    ("FILE: nodes: must be an array, is an object", lambda d: d.update(nodes={})),
    ("FILE: nodes[1]: must be an object, is null", lambda d: d["nodes"].insert(1, None)),
    ("FILE: nodes[0]: missing field 'id'", lambda d: d["nodes"][0].pop("id")),
    ("FILE: nodes[0].id: must be a string, is 7", lambda d: d["nodes"][0].update(id=7)),
    (
        "FILE: nodes[0].id: must have 1 to 200 characters, has 0",
        lambda d: d["nodes"][0].update(id=""),
    ),
    (
        "FILE: nodes[0].id: must have 1 to 200 characters, has 201",
        lambda d: d["nodes"][0].update(id="x" * 201),
    ),
    ("FILE: nodes[0].id: must be valid Unicode", lambda d: d["nodes"][0].update(id="\ud800")),
    (
        "FILE: nodes[2].prior (n2): must lie in [0,1], is 1.5",
        lambda d: d["nodes"][2].update(prior=1.5),
    ),
    (
        "FILE: nodes[2].prior (n2): must lie in [0,1], is -1e-09",
        lambda d: d["nodes"][2].update(prior=-1e-9),
    ),
    (
        "FILE: nodes[2].prior (n2): must be a number, is true",
        lambda d: d["nodes"][2].update(prior=True),
    ),
    (
        "FILE: nodes[2].prior (n2): must be a number, is '0.1'",
        lambda d: d["nodes"][2].update(prior="0.1"),
    ),
    (
        "FILE: nodes[2].prior (n2): must be a number, is null",
        lambda d: d["nodes"][2].update(prior=None),
    ),
    (
        "FILE: nodes[1] (n1): has both 'prior' and 'faults'",
        lambda d: d["nodes"][1].update(prior=0.1),
    ),
    (
        "FILE: nodes[1].faults[0].prior (n1/disk): must lie in [0,1], is 2",
        lambda d: d["nodes"][1]["faults"][0].update(prior=2),
    ),
    (
        "FILE: nodes[1].faults[1] (n1): missing field 'prior'",
        lambda d: d["nodes"][1]["faults"][1].pop("prior"),
    ),
    (
        "FILE: nodes[1].faults[1].id (n1): duplicate id 'n1/disk'",
        lambda d: d["nodes"][1]["faults"][1].update(id="n1/disk"),
    ),
    (
        "FILE: nodes[1].faults[1].id (n1): duplicate id 'n0'",
        lambda d: d["nodes"][1]["faults"][1].update(id="n0"),
    ),
    ("FILE: nodes[3].id: duplicate id 'n0'", lambda d: d["nodes"][3].update(id="n0")),
    ("FILE: nodes[3].id: duplicate id 'n1/disk'", lambda d: d["nodes"][3].update(id="n1/disk")),
    (
        "FILE: nodes[3].group.members[0] (n3): unknown node 'zz'",
        lambda d: d["nodes"][3]["group"].update(members=["zz"]),
    ),
    (
        "FILE: nodes[3].group.members[1] (n3): duplicate member 'n0'",
        lambda d: d["nodes"][3]["group"].update(members=["n0", "n0"]),
    ),
    (
        "FILE: nodes[3].group.members[0] (n3): group 'n3' must not be its own member",
        lambda d: d["nodes"][3]["group"].update(members=["n3"]),
    ),
    (
        "FILE: nodes[3].group.members (n3): must not be empty",
        lambda d: d["nodes"][3]["group"].update(members=[]),
    ),
    (
        "FILE: nodes[3].group.min_healthy (n3): must lie in 1..3, is 0",
        lambda d: d["nodes"][3]["group"].update(min_healthy=0),
    ),
    (
        "FILE: nodes[3].group.min_healthy (n3): must lie in 1..3, is 4",
        lambda d: d["nodes"][3]["group"].update(min_healthy=4),
    ),
    (
        "FILE: nodes[3].group.min_healthy (n3): must be a whole number, is 1.5",
        lambda d: d["nodes"][3]["group"].update(min_healthy=1.5),
    ),
    (
        "FILE: nodes[3].group.min_healthy (n3): must be a whole number, is true",
        lambda d: d["nodes"][3]["group"].update(min_healthy=True),
    ),
    (
        "FILE: nodes[3].group (n3): missing field 'min_healthy'",
        lambda d: d["nodes"][3]["group"].pop("min_healthy"),
    ),
    ("FILE: links[0].cause: unknown node 'zz'", lambda d: d["links"][0].update(cause="zz")),
    ("FILE: links[1].effect: unknown node 'zz'", lambda d: d["links"][1].update(effect="zz")),
    (
        "FILE: links[0].cause: unknown node 'n1/disk'",
        lambda d: d["links"][0].update(cause="n1/disk"),
    ),
    (
        "FILE: links[0].strength (n0 -> n1): must lie in [0,1], is 1.0001",
        lambda d: d["links"][0].update(strength=1.0001),
    ),
    (
        "FILE: links[2]: duplicate link from 'n0' to 'n1'",
        lambda d: d["links"].append(link("n0", "n1", 0.9)),
    ),
    ("FILE: links[0]: unknown field 'why'", lambda d: d["links"][0].update(why="x")),
    (
        "FILE: channels[0].node (c0): unknown node 'zz'",
        lambda d: d["channels"][0].update(node="zz"),
    ),
    (
        "FILE: channels[1].fault (c1): unknown fault 'n1'",
        lambda d: d["channels"][1].update(fault="n1"),
    ),
    (
        "FILE: channels[0] (c0): must have one of 'node' and 'fault'",
        lambda d: d["channels"][0].update(fault="n0"),
    ),
    (
        "FILE: channels[0] (c0): must have one of 'node' and 'fault'",
        lambda d: d["channels"][0].pop("node"),
    ),
    ("FILE: channels[1].id: duplicate channel 'c0'", lambda d: d["channels"][1].update(id="c0")),
    (
        "FILE: channels[0].detection (c0): must lie strictly between 0 and 1, is 1",
        lambda d: d["channels"][0].update(detection=1),
    ),
    (
        "FILE: channels[0].false_alarm (c0): must lie strictly between 0 and 1, is 0.0",
        lambda d: d["channels"][0].update(false_alarm=0.0),
    ),
    (
        "FILE: channels[0]: missing field 'detection'",
        lambda d: d["channels"][0].pop("detection"),
    ),
    (
        "FILE: links and groups form a cycle: n1 -> n2 -> n1",
        lambda d: d["links"].append(link("n2", "n1", 0.5)),
    ),
    (
        "FILE: links and groups form a cycle: n0 -> n3 -> n0",
        lambda d: d["links"].append(link("n3", "n0", 0.5)),
    ),
    (
        "FILE: links and groups form a cycle: n0 -> n0",
        lambda d: d["links"].append(link("n0", "n0", 0.5)),
    ),
]


@pytest.mark.parametrize(("message", "damage"), BROKEN, ids=[entry[0] for entry in BROKEN])
def test_a_broken_problem_is_refused_by_place(message: str, damage: Break) -> None:
    """Each broken problem gives one line that starts with the file and the key."""
    broken = good()
    damage(broken)

    with pytest.raises(ProblemError) as caught:
        parse_problem(broken, source="FILE")

    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


RAW: list[tuple[bytes, str]] = [
    (b"{", "broken JSON"),
    (b"", "is empty"),
    (b"\n \n", "is empty"),
    (b"\xef\xbb\xbf{}", "byte order mark"),
    (b"[]", "must be an object, is an array"),
    (b"\xff\xfe", "is not UTF-8 at byte 0"),
    (
        b'{"schema":"causal/v1","nodes":[{"id":"a","prior":NaN}],"links":[],"channels":[]}',
        "nodes[0].prior (a): must lie in [0,1], is NaN",
    ),
    (
        b'{"schema":"causal/v1","nodes":-Infinity,"links":[],"channels":[]}',
        "nodes: must be an array, is -Infinity",
    ),
    (
        b'{"schema":"causal/v1","nodes":[{"id":"a","id":"b"}],"links":[],"channels":[]}',
        "nodes[0]: repeated key 'id'",
    ),
    (b'{"schema":"causal/v1","schema":"causal/v1"}', "repeated key 'schema'"),
    (b"[" * 100_000, "broken JSON: is nested too deeply"),
    (
        b'{"schema":"causal/v1","nodes":[{"id":"a","prior":1e999}],"links":[],"channels":[]}',
        "nodes[0].prior (a): must lie in [0,1], is Infinity",
    ),
    (
        b'{"schema":"causal/v1","nodes":[' + b"9" * 5000 + b'],"links":[],"channels":[]}',
        "nodes[0]: must be an object, is Infinity",
    ),
]


@pytest.mark.parametrize(("raw", "message"), RAW, ids=[entry[1] for entry in RAW])
def test_a_file_that_is_no_json_is_refused(tmp_path: Path, raw: bytes, message: str) -> None:
    """Bytes that are not strict JSON are refused, naming the file."""
    path = tmp_path / "problem.json"
    path.write_bytes(raw)

    with pytest.raises(ProblemError) as caught:
        read_problem(str(path))

    assert str(caught.value).startswith(f"{path}: ")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_and_a_huge_one_are_refused(tmp_path: Path) -> None:
    """A file that is not there, a folder and a file over 512 MB are named."""
    huge = tmp_path / "huge.json"
    with huge.open("wb") as file:
        os.truncate(file.fileno(), 513 * 1024 * 1024)

    for path, reason in (
        (tmp_path / "none.json", "cannot be read"),
        (tmp_path, "cannot be read"),
        (huge, "must be at most 512 MB"),
    ):
        with pytest.raises(ProblemError, match=reason) as caught:
            read_problem(str(path))
        assert str(caught.value).startswith(f"{path}: ")


def test_a_stream_without_an_end_is_refused(tmp_path: Path) -> None:
    """A device or a pipe that never ends is read up to the limit, not until memory is full."""
    problem = parse_problem(good(), source="FILE")
    endless = "/dev/zero"
    if not Path(endless).exists():
        pytest.skip("there is no /dev/zero here")

    with pytest.raises(ProblemError, match="must be at most 512 MB, is more"):
        read_problem(endless)
    with pytest.raises(ProblemError, match="must be at most 512 MB, is more"):
        read_observations(endless, problem)


def test_what_is_large_is_checked_in_time_that_grows_with_it() -> None:
    """A repeated key among 200,000, and groups of many members, are found in seconds."""
    keys = ",".join(f'"k{index}":1' for index in range(200_000))
    raw = f'{{{keys},"k199999":1,"schema":"causal/v1"}}'.encode()
    with pytest.raises(ProblemError, match="repeated key 'k199999'"):
        parse_problem(decode(raw, Place("F")), source="F")

    names = [f"n{index:05}" for index in range(20_000)]
    nodes: list[object] = [{"id": name, "prior": 0.01} for name in names]
    nodes.append({"id": "wide", "group": {"members": names, "min_healthy": 1}})
    pairs = [{"members": names[k : k + 2], "min_healthy": 1} for k in range(4_000)]
    nodes += [{"id": f"g{k}", "group": pair} for k, pair in enumerate(pairs)]
    assert len(parse_problem(document(nodes), source="F").groups) == 4_001


LINES: list[tuple[str, str]] = [
    ('{"id":"i1","active":["zz"],"unknown":[]}', "active[0]: unknown channel 'zz'"),
    ('{"id":"i1","active":["c0","n0"],"unknown":[]}', "active[1]: unknown channel 'n0'"),
    ('{"id":"i1","active":[],"unknown":["zz"]}', "unknown[0]: unknown channel 'zz'"),
    (
        '{"id":"i1","active":["c0"],"unknown":["c0"]}',
        "unknown[0]: channel 'c0' is both active and unknown",
    ),
    ('{"id":"i1","active":["c0","c0"],"unknown":[]}', "active[1]: duplicate channel 'c0'"),
    ('{"id":"i0","active":[],"unknown":[]}', "id: duplicate incident 'i0', first on line 1"),
    ('{"id":"i1","active":[]}', "missing field 'unknown'"),
    ('{"id":"i1","active":[],"unknown":[],"at":1}', "unknown field 'at'"),
    ('{"id":"i1","active":"c0","unknown":[]}', "active: must be an array, is 'c0'"),
    ('{"id":"i1","active":[3],"unknown":[]}', "active[0]: must be a string, is 3"),
    ('{"id":1,"active":[],"unknown":[]}', "id: must be a string, is 1"),
    ('{"id":"i1"', "broken JSON"),
    ("[]", "must be an object, is an array"),
    ("NaN", "must be an object, is NaN"),
    ('{"id":"i1","id":"i2","active":[],"unknown":[]}', "repeated key 'id'"),
]


@pytest.mark.parametrize(("line", "message"), LINES, ids=[entry[1] for entry in LINES])
def test_a_broken_observation_is_refused_by_line(tmp_path: Path, line: str, message: str) -> None:
    """Each broken line of observations gives FILE:LINE: and the key."""
    problem = parse_problem(good(), source="FILE")
    path = tmp_path / "observations.jsonl"
    path.write_text('{"id":"i0","active":[],"unknown":[]}\n' + line + "\n", encoding="utf-8")

    with pytest.raises(ProblemError) as caught:
        read_observations(str(path), problem)

    assert str(caught.value).startswith(f"{path}:2: {message}")
    assert "\n" not in str(caught.value)


def test_a_good_problem_is_put_in_id_order() -> None:
    """Nodes, faults and channels stand in id order, and numbers are indices into them."""
    problem = parse_problem(good(), source="FILE")

    assert problem.nodes == ("n0", "n1", "n2", "n3")
    assert [fault.id for fault in problem.faults] == ["n0", "n1/disk", "n1/pool", "n2"]
    assert problem.groups[0].members == (0, 1, 2)
    assert problem.topological.index(3) == 3
    assert problem.channels[1].fault == 1


def test_ids_may_hold_any_character() -> None:
    """An id is any string of 1 to 200 characters; a control character never breaks the message."""
    problem_of([{"id": "课程 数据库/\n", "prior": 0.1}])

    with pytest.raises(ProblemError) as caught:
        problem_of([{"id": "a\nb", "prior": 3}])

    assert str(caught.value) == "test: nodes[0].prior ('a\\nb'): must lie in [0,1], is 3"


def test_an_observation_made_in_code_is_checked_alike() -> None:
    """`parse_observation` refuses what the file reader refuses and sorts the channels."""
    problem = parse_problem(good(), source="FILE")

    found = parse_observation(
        {"id": "i0", "active": ["c1", "c0"], "unknown": []}, problem, source="code"
    )

    assert found.active == ("c0", "c1")
    with pytest.raises(ProblemError, match="code: active"):
        parse_observation({"id": "i0", "active": ["zz"], "unknown": []}, problem, source="code")


def test_an_empty_observations_file_is_fine(tmp_path: Path) -> None:
    """No line, no incident, no error; blank lines count for nothing."""
    problem = parse_problem(good(), source="FILE")
    path = tmp_path / "observations.jsonl"

    for text in ("", "\n", json.dumps({"id": "i0", "active": [], "unknown": []})):
        path.write_text(text, encoding="utf-8")
        assert len(read_observations(str(path), problem)) == (1 if text.strip() else 0)
