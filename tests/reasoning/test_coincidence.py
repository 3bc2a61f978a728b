"""What begins together, where one cause could have harmed it all, is doubted less."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.failure import FailureGraph
from graph.model.signals import AlertRecord
from reasoning import parameters
from reasoning.network.coincidence import company, less_doubt
from tests.reasoning.evidence_room import evidence, fired, read
from tests.small_pack import after, small_pack

CLIENTS = ("r1-telecom", "r1-mobile", "r2-telecom", "r2-mobile")
GRAPH = FailureGraph(small_pack())


def _clients(seconds: Sequence[float]) -> list[AlertRecord]:
    pairs = zip(CLIENTS, seconds, strict=False)
    return [fired("PlaybackFailureHigh", f"client-{name}", at=after(s)) for name, s in pairs]


def _sizes(*records: AlertRecord) -> dict[str, int]:
    told = company(GRAPH, evidence(*records, now=after(7200)))
    return {component_id.removeprefix("small:"): size for (component_id, _), size in told.items()}


def test_three_clients_of_one_node_within_a_minute_point_at_it() -> None:
    """The same three alerts, twenty minutes apart each, are rather three false ones."""
    together = read(small_pack(), evidence(*_clients([0.0, 30.0, 60.0]), now=after(3600)))
    apart = read(small_pack(), evidence(*_clients([0.0, 1200.0, 2400.0]), now=after(3600)))
    assert together.born["small:cdn-a"] > apart.born["small:cdn-a"]
    assert together.healthy < 0.8 * apart.healthy


def test_each_takes_its_share_of_what_coincidence_says() -> None:
    """Four alerts together speak odds ** 2 against false alarms, in equal shares; two nothing."""
    assert less_doubt(4) ** 4 == pytest.approx(parameters.COINCIDENCE_ODDS**2)
    assert less_doubt(1) == less_doubt(2) == 1.0


def test_company_needs_a_cause_that_all_could_share() -> None:
    """A client and a database that speak in the same minute have nothing in common."""
    pool = fired("DbConnectionPoolExhausted", "exam-db", at=after(30))
    assert _sizes(*_clients([0.0]), pool) == {}
    assert set(_sizes(*_clients([0.0, 20.0]), pool)) == {"client-r1-telecom", "client-r1-mobile"}


def test_many_rules_of_one_component_are_no_company() -> None:
    """They share the scraper, the labels and the trouble, whatever that is."""
    rules = [
        fired(name, "client-r1-telecom", at=after(n)) for n, name in enumerate(("Odd", "Odder"))
    ]
    assert _sizes(*rules) == {}


def test_one_instant_for_all_tells_no_times() -> None:
    """A source without times (or a snapshot) says nothing by them."""
    assert _sizes(*_clients([0.0, 0.0, 0.0])) == {}


@given(st.lists(st.integers(0, 1200), min_size=2, max_size=4), st.integers(0, 86_400))
def test_only_how_far_alerts_lie_apart_counts(seconds: list[int], shift: int) -> None:
    """Sizes equal a count by hand, and are the same an hour or a day later, in any order."""
    records = _clients([float(s + shift) for s in seconds])
    near = [sum(abs(s - t) <= parameters.COINCIDENCE_S for t in seconds) for s in seconds]
    pairs = zip(CLIENTS, near, strict=False)
    wanted = {f"client-{name}": n for name, n in pairs if n > 1 and len(set(seconds)) > 1}
    assert _sizes(*records) == wanted == _sizes(*reversed(records))
