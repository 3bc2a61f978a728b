"""Moving house with real processes: out over HTTP, in by command, and served again."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from api.schemas.incidents import Pending
from benchmarks.served import run_command, serving
from graph.model.digest import diagnosis_digest
from tests.e2e.server import served_copy, source_token
from tests.payloads import alert, payload

ONSET: Final = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=2)


def test_a_served_house_moves(prepared_home: Path, tmp_path: Path) -> None:
    """Same diagnosis in the new house; the old one and its tokens are of no use any more."""
    old, new, out = tmp_path / "旧屋", tmp_path / "新屋", tmp_path / "出口"
    with served_copy(prepared_home, old) as server:
        token = source_token(server, "am")
        body = payload(
            *(
                alert("PlaybackFailureHigh", at=ONSET, component=f"client-r{n}-telecom")
                for n in range(1, 9)
            )
        )
        with server.client(token) as source:
            answer = source.post_alerts(body)
        assert isinstance(answer, dict)
        incident_id = str(answer["incident_ids"][0])  # type: ignore[index]  # a list of ids
        with server.client() as owner:
            before = owner.diagnosis(incident_id, wait_s=30)
            assert not isinstance(before, Pending)
        exported = run_command(old, "export", str(out), "--json")
        assert exported.returncode == 0, exported.stderr
        refused = run_command(new, "rebuild", str(out))
        assert refused.returncode == 1
        assert f"process {server.pid}" in refused.stderr
        assert not (old / "export.spool").exists() or not any((old / "export.spool").iterdir())
    done = run_command(new, "rebuild", str(out), "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["source_sealed"], told["epoch"]) == (True, 2)
    assert told["export"] == json.loads(exported.stdout)["digest"]
    sealed = run_command(old, "serve")
    assert sealed.returncode == 1
    assert "sealed" in sealed.stderr
    with serving(new) as server, server.client() as owner:
        after = owner.diagnosis(incident_id, wait_s=30)
        assert not isinstance(after, Pending)
        assert after.revision == before.revision
        assert diagnosis_digest(after) == diagnosis_digest(before)
        assert owner.tokens() == ()
        again = run_command(new, "rebuild", str(out))
        assert again.returncode == 1
        assert f"process {server.pid}" in again.stderr
