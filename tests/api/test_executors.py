"""HOME/executors.json: what is read from it, what is refused, and what is never said."""

from __future__ import annotations

import base64
import json
import re
import time
from pathlib import Path
from typing import Any

import pytest

from api.bootstrap import build
from api.doctor import examine
from api.executors import (
    EXECUTORS_FILE,
    Executor,
    put_executor,
    read_executors,
    secret_of,
)
from api.settings import Settings
from graph.errors import StoreError
from reasoning.remediation.profile import DRY_RUN, WebhookProfile
from reasoning.remediation.runners.signature import signature_of

SECRET = bytes(range(32))
WRITTEN = "whsec_" + base64.b64encode(SECRET).decode()
URL = "https://lines.example:443"


def _entry(**changed: Any) -> dict[str, Any]:
    return {"profile": "line-desk", "url": URL, "allow": [URL], "secret": WRITTEN} | changed


def _written(folder: Path, *entries: dict[str, Any]) -> Path:
    path = folder / EXECUTORS_FILE
    path.write_text(json.dumps({"executors": entries}), encoding="utf-8")
    path.chmod(0o600)
    return path


def test_no_file_means_no_profile(tmp_path: Path) -> None:
    """A house that runs nothing needs no file."""
    assert read_executors(tmp_path / EXECUTORS_FILE) == ()


def test_what_is_put_is_read(tmp_path: Path) -> None:
    """A profile is renewed by name, and the others stay in their order."""
    path = tmp_path / EXECUTORS_FILE
    one = Executor(WebhookProfile(profile="one", url=URL, allow=(URL,)), SECRET)
    two = Executor(WebhookProfile(profile="two", url=URL, allow=(URL,)), SECRET)
    for executor in (one, two, Executor(one.profile, SECRET[:24])):
        put_executor(path, executor)

    assert read_executors(path) == (two, Executor(one.profile, SECRET[:24]))
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    """Secrets that leaked are not used silently."""
    path = _written(tmp_path, _entry())
    path.chmod(0o640)

    with pytest.raises(StoreError, match="chmod 600"):
        read_executors(path)


@pytest.mark.parametrize(
    ("entries", "place"),
    [
        ([_entry(allow=["https://other.example"])], "executors/0"),
        ([_entry(), _entry()], "executors: .*once"),
        ([_entry(profile=DRY_RUN)], "executors/0/profile"),
        ([_entry(secret="whsec_" + base64.b64encode(b"short").decode())], "executors/0/secret"),
        ([_entry(secret=WRITTEN[6:])], "executors/0/secret"),
        ([_entry(secret=WRITTEN[:-2])], "executors/0/secret"),
        ([_entry(password=WRITTEN)], "executors/0/password"),
        ([_entry(url=f"https://u:{WRITTEN}@lines.example/")], "executors/0/url"),
        ([_entry(state_url=f"{URL}/?{WRITTEN}")], "executors/0/state_url"),
    ],
)
def test_a_faulty_file_is_named_by_place_and_never_quoted(
    tmp_path: Path, entries: list[dict[str, Any]], place: str
) -> None:
    """Whoever mends it learns where; whoever reads the log learns no secret."""
    with pytest.raises(StoreError, match=place) as refused:
        read_executors(_written(tmp_path, *entries))

    told = [str(refused.value), repr(refused.value), str(refused.value.__cause__)]
    assert not [text for text in told if WRITTEN[6:-2] in text]


def test_no_text_of_an_executor_holds_its_secret() -> None:
    """It may stand in a log line by accident."""
    executor = Executor(WebhookProfile(profile="one", url=URL, allow=(URL,)), SECRET)

    assert secret_of(WRITTEN) == SECRET
    assert not [text for text in (repr(executor), str(executor)) if "secret" in text]


def test_the_assistant_has_a_runner_for_each_profile(tmp_path: Path) -> None:
    """The dry run is always there; a profile that came later is met after `forget`."""
    assistant = build(Settings(home=tmp_path))
    assert set(assistant.runners) == {DRY_RUN}

    _written(tmp_path, _entry())
    assert set(assistant.runners) == {DRY_RUN}
    assistant.runners.forget()
    described = {name: runner.describe().profile for name, runner in assistant.runners.items()}
    assert described == {DRY_RUN: DRY_RUN, "line-desk": "line-desk"}
    assistant.store.close()


def test_the_doctor_tells_a_faulty_file(tmp_path: Path) -> None:
    """Names where all is well; file and place where it is not."""
    assistant = build(Settings(home=tmp_path))
    _written(tmp_path, _entry(secret="none"))
    [faulty] = [c for c in examine(assistant, serving=False).checks if c.name == "executors"]
    _written(tmp_path, _entry())
    [well] = [c for c in examine(assistant, serving=False).checks if c.name == "executors"]
    assistant.store.close()

    assert not faulty.ok
    assert "executors/0/secret" in faulty.text.en
    assert (well.ok, well.text.en) == (True, "Executors: dry-run, line-desk")
    assert well.text.zh == "执行器：dry-run、line-desk"


def test_the_how_to_is_true(tmp_path: Path) -> None:
    """Its profile can be read, and its receiver accepts what our webhook signs, nothing else."""
    page = (Path(__file__).parents[2] / "docs" / "howto-executor.md").read_text(encoding="utf-8")
    profile, code = re.findall(r"```(?:json|python)\n(.*?)```", page, re.DOTALL)
    [entry] = json.loads(profile)["executors"]
    [executor] = read_executors(_written(tmp_path, entry | {"secret": WRITTEN}))
    assert executor.profile.profile == "line-desk"

    receiver: dict[str, Any] = {}
    exec(compile(code, "howto", "exec"), receiver)
    stamp = int(time.time())
    signature = signature_of(SECRET, message_id="m-1", timestamp=stamp, content=b"{}")
    headers = {
        "webhook-id": "m-1",
        "webhook-timestamp": str(stamp),
        "webhook-signature": signature,
    }
    assert receiver["is_genuine"](WRITTEN, headers, b"{}")
    assert not receiver["is_genuine"](WRITTEN, headers, b"{ }")
