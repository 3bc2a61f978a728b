"""One own alert with nothing heard below: the component is still a hypothesis."""

from __future__ import annotations

from tests.bench_room import BenchRoom
from tests.payloads import alert
from tests.small_pack import PACK, START, after


def test_a_component_whose_only_sign_is_its_own_alert_is_a_hypothesis() -> None:
    """No heartbeat, so every dependant's silence is unknown; the alert's own component stands."""
    room = BenchRoom()
    lone = alert("CdnNodeDown", at=START, service="cdn-b", severity="critical")
    room.send(lone, at=after(5))
    diagnosis = room.diagnose()

    suspects = {h.component_id: h for h in diagnosis.hypotheses if h.component_id}
    assert f"{PACK}:cdn-b" in suspects
    cause = suspects[f"{PACK}:cdn-b"]
    assert cause.posterior > cause.prior
    no_fault = next(h for h in diagnosis.hypotheses if h.kind == "healthy")
    assert no_fault.prior < 0.99, "the prior of no fault counts the component's own"
