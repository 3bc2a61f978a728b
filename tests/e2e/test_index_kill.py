"""A server that is killed while it indexes: the next one answers at once, and indexes on."""

from __future__ import annotations

import json
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

from api.client import UnreachableError
from benchmarks.served import ServerProcess, wait_until

QUESTION = "考试数据库连接池耗尽"


def found(server: ServerProcess) -> dict[str, Any]:
    """Search as the owner of the folder, again where a busy machine took too long."""
    answers: list[dict[str, Any]] = []

    def answered() -> bool:
        with server.client() as owner, suppress(UnreachableError):
            answer = owner.search_knowledge(QUESTION)
            answers.extend([answer] if isinstance(answer, dict) else [])
        return bool(answers)

    wait_until(answered, what="an answer", timeout_s=120, alive=server.check_alive)
    return answers[0]


def told(server: ServerProcess) -> str:
    """Read the doctor's line about search."""
    with server.client() as owner, suppress(UnreachableError):
        return next(check.text.en for check in owner.doctor().checks if check.name == "search")
    return ""


def test_a_kill_while_indexing_leaves_search_whole(prepared_home: Path, tmp_path: Path) -> None:
    """Words answer and say so until the index is whole; after a second kill it is there at once."""
    home = tmp_path / "home"
    shutil.copytree(prepared_home, home)
    server = ServerProcess(home)
    server.start()
    try:
        server.wait_ready()
        early = found(server)
        assert early["results"][0]["id"].endswith("exam-01")
        assert early["note"] is not None or early["results"][0]["arms"]["dense"] is not None
        wait_until(
            lambda: "meaning" in told(server),
            what="indexing to begin",
            timeout_s=120,
        )
        server.kill()

        server.start()
        server.wait_ready()
        wait_until(lambda: "words and meaning" in told(server), what="the index", timeout_s=240)
        whole = found(server)
        assert whole["note"] is None
        assert whole["results"][0]["arms"]["dense"] is not None
        server.kill()

        manifest = json.loads((home / "index" / "manifest.json").read_text(encoding="utf-8"))
        assert sum(segment["vectors"] for segment in manifest["segments"]) > 100
        server.start()
        server.wait_ready()
        wait_until(
            lambda: "words and meaning" in told(server), what="the kept index", timeout_s=120
        )
        assert found(server)["results"] == whole["results"]
    finally:
        server.stop()
