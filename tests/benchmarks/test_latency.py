"""The command that measures what people wait for: its shape; no figure is asserted."""

from __future__ import annotations

import json

import pytest

from benchmarks.latency import GOALS, main, summary, table
from benchmarks.storm_posts import storm_posts, warning_before


def test_one_round_gives_every_figure(capsys: pytest.CaptureFixture[str]) -> None:
    """A storm, a start, a demo and a round of questions on real servers; JSON and table agree."""
    assert main(["--json", "--rounds", "1", "--starts", "1"]) == 0
    told = json.loads(capsys.readouterr().out)

    assert {"seed", "commit", "versions", "machine"} <= told.keys()
    assert told["counts"]["alerts"] == 380
    assert told["counts"]["alerts_included"] > 300
    cells = told["figures"]
    assert cells.keys() >= GOALS.keys() - {"clone_s"}
    assert cells["storm_s"].keys() == {"n", "p50", "p95", "max"}
    assert all(number > 0 for cell in cells.values() for number in cell.values())
    assert [line.split()[0] for line in table(told).splitlines()[2:-1]] == list(cells)


def test_a_storm_is_cut_into_posts_in_order_of_receipt() -> None:
    """Every alert once, 38 a body, received_at never going back, the lone one a day before."""
    posts = storm_posts(alerts=380, posts=10)
    alerts = [json.loads(post.body)["alerts"] for post in posts]

    assert [len(run) for run in alerts] == [38] * 10
    keys = {(a["fingerprint"], a["startsAt"]) for run in alerts for a in run}
    assert len(keys) == 380
    instants = [post.received_at for post in posts]
    assert instants == sorted(instants)
    assert warning_before().received_at < instants[0]


def test_more_alerts_than_the_storm_has_are_refused() -> None:
    """The message says how many there are."""
    with pytest.raises(ValueError, match="has 403 firing alerts"):
        storm_posts(alerts=10_000)


def test_the_95th_percentile_is_a_measured_value() -> None:
    """Nearest rank: of twenty values the nineteenth, never one in between."""
    assert summary([float(n) for n in range(1, 21)])["p95"] == 19.0
