"""The PetShop benchmark on a shop of four nodes made here."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.petshop import main, measure
from benchmarks.petshop_graph import enriched
from benchmarks.public_rankings import expected_hit, paired
from ingest.call_graph import make_graph

NODES = ("PetSite", "Search_AWS::ECS::Fargate", "petInfo_AWS::DynamoDB::Table", "other_remote")
METRICS = (("latency", "Average"), ("availability", "Average"), ("requests", "Sum"))


def _table(values: dict[tuple[str, str], np.ndarray], start: int) -> str:
    heads = [(n, m, s) for m, s in METRICS for n in NODES]
    lines = [",".join((name, *cells)) for name, *cells in zip(
        ("microservice", "metric", "statistic"), *heads, strict=True
    )]  # fmt: skip
    lines.append("timestamp" + "," * len(heads))
    count = len(next(iter(values.values())))
    for row in range(count):
        cells = [f"{values[n, m][row]:.6f}" for n, m, _ in heads]
        lines.append(",".join((f"{start + 300 * row}.0", *cells)))
    return "\n".join(lines) + "\n"


def _calm(draw: np.random.Generator, rows: int) -> dict[tuple[str, str], np.ndarray]:
    return {
        (node, metric): {
            "latency": 0.1 * np.exp(0.03 * draw.standard_normal(rows)),
            "availability": np.full(rows, 100.0),
            "requests": draw.poisson(500, rows).astype(float),
        }[metric]
        for metric, _ in METRICS
        for node in NODES
    }


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """Write calm rows and two incidents in which the search service slows the site."""
    draw = np.random.default_rng(3)
    edges = np.array([[0, 1, 0, 1], [0, 0, 1, 0], [0, 0, 0, 0], [0, 0, 0, 0]])
    rows = [",".join(("", *NODES))]
    rows += [",".join((n, *map(str, row))) for n, row in zip(NODES, edges, strict=True)]
    (tmp_path / "graph.csv").write_text("\n".join(rows), encoding="utf-8")
    (tmp_path / "noissue").mkdir()
    calm = _table(_calm(draw, 200), 1_690_000_000)
    (tmp_path / "noissue" / "metrics.csv").write_text(calm, encoding="utf-8")
    for split in ("train", "test"):
        issue = tmp_path / split / "issue_0"
        issue.mkdir(parents=True)
        window = _calm(draw, 5)
        window["Search_AWS::ECS::Fargate", "latency"][2:] *= 3.0
        window["PetSite", "latency"][2:] *= 2.5
        (issue / "metrics.csv").write_text(_table(window, 1_680_000_000), encoding="utf-8")
        target = {"node": "PetSite", "metric": "latency", "agg": "Average", "timestamp": 1680000590}
        truth = {"target": target, "root_cause": {"node": NODES[1], "metric": None}}
        (issue / "target.json").write_text(json.dumps(truth), encoding="utf-8")
    return tmp_path


def test_the_slow_service_is_found_and_said(shop: Path) -> None:
    """Every cell, the rivals, the paired test, the calm windows and the cases are reported."""
    report = measure(shop)

    assert report["counts"] == {"incidents": 2, "nodes": 4}
    assert report["cells"]["as_given"]["pooled"]["top1"]["hits"] == 2
    assert set(report["cells"]["as_given"]) >= {"latency/train", "latency/test", "pooled"}
    assert "ranked_correlation" in report["cells"]
    assert report["said_incident"]["count"] == 2
    assert report["normal_windows"]["no_incident"]["pooled"]["share"] >= 0.9
    assert [case["truth"] for case in report["cases"]] == [[NODES[1]], [NODES[1]]]
    assert report["cases"][0]["ranked"][0] == NODES[1]
    assert {"seed", "commit", "versions"} <= set(report)


def test_the_command_prints_json(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One object on stdout; a folder without a graph is refused with exit 2."""
    assert main(["--data", str(shop), "--split", "train", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["counts"]["incidents"] == 1
    assert main(["--data", str(shop / "noissue")]) == 2
    assert "name a folder" in capsys.readouterr().err


@given(st.lists(st.integers(0, 3), min_size=1, max_size=6), st.integers(1, 4))
def test_expected_hits_are_means_over_all_orders(points: list[int], k: int) -> None:
    """The share is what averaging over every order of the tied nodes gives."""
    names = [f"n{i}" for i in range(len(points))]
    scores = dict(zip(names, map(float, points), strict=True))
    orders = [
        order
        for order in itertools.permutations(names)
        if all(scores[a] >= scores[b] for a, b in itertools.pairwise(order))
    ]

    mean = sum("n0" in order[:k] for order in orders) / len(orders)

    assert expected_hit(scores, ["n0"], k) == pytest.approx(mean)


def test_a_paired_test_sees_only_what_differs() -> None:
    """Equal hits say nothing; six better of six say 1 in 32."""
    assert paired([1.0] * 9, [1.0] * 9, seed=0)["p"] == 1.0
    assert paired([1.0] * 6, [0.0] * 6, seed=0)["p"] == pytest.approx(2 / 64, abs=1e-5)


def test_enriching_adds_what_names_say_and_no_circle() -> None:
    """A load balancer stands on the service its stub names; not where that service calls it."""
    balancer = "servi-searc.r.elb.amazonaws.com_remote"
    search = "PetSearch_AWS::ECS::Fargate"
    free = make_graph([balancer, search], [])
    circle = make_graph([balancer, search], [(search, balancer)])

    assert enriched(free).calls == ((balancer, search),)
    assert enriched(circle).calls == circle.calls
