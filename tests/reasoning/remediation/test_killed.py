"""A real process, really killed, with a store on a real disk."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from graph.audit_chain import verify_chain
from graph.model.access import Principal
from graph.model.remediation import Remediation, RemediationStatus
from graph.stores.embedded_store import EmbeddedGraphStore
from reasoning.remediation.desk import RemediationDesk
from tests.reasoning.remediation.room import Line
from tests.small_pack import after

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(("when", "arrived"), [("before", 0), ("after", 1)])
def test_kill_9_while_sending_is_unknown_and_never_sent_again(
    tmp_path: Path, when: str, arrived: int
) -> None:
    """The intent was on the disk before the order left; the next process sends nothing."""
    command = [sys.executable, "-m", "tests.reasoning.remediation.killed", str(tmp_path), when]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == -signal.SIGKILL

    store, line = EmbeddedGraphStore(tmp_path / "store.db"), Line()
    desk = RemediationDesk(store, {"line": line})
    (found,) = store.remediations(Principal(name="reader")).items
    assert isinstance(found, Remediation)
    assert found.status is RemediationStatus.RUNNING
    assert [run.outcome for run in found.runs] == ["intended"]
    assert desk.resume(at=after(60)) == 1
    assert desk.proceed(found.id, at=after(60)) is None
    left = store.remediation(Principal(name="reader"), found.id)
    chain = store.audit_chain()
    store.close()

    orders = tmp_path / "orders"
    assert len(orders.read_text(encoding="utf-8").split() if orders.exists() else []) == arrived
    assert (left.status, line.sent) == (RemediationStatus.UNKNOWN, [])
    assert verify_chain(chain) is None
