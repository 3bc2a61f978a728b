"""Demo credentials: written down before anything knows them, made all at once or not at all."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.accounts.register import Accounts, hash_of
from api.accounts.signing import SigningSecrets
from api.bootstrap import Assistant, build_in_memory
from api.demo import SOURCE, Demo, ensure_demo
from api.schemas.admin import NewToken
from api.settings import Settings
from graph.errors import ConflictError, StoreError
from graph.model.access import Role
from tests.api.moving_room import export_of, rebuilt


@pytest.fixture
def assistant() -> Iterator[Assistant]:
    """A new store."""
    made = build_in_memory(Settings())
    yield made
    made.store.close()


def _lets_in(assistant: Assistant, known: Demo) -> None:
    """Check that every secret of the file opens what it names."""
    for user in known.users:
        _, session = assistant.accounts.sign_in(user.name, user.password, address="here")
        assert session.user == user.name
        token = assistant.store.token_by_hash(hash_of(user.token))
        assert token is not None and token.user == user.name
    (source,) = known.sources
    token = assistant.store.token_by_hash(hash_of(source.token))
    assert token is not None and token.source == SOURCE
    stored = assistant.store.source(SOURCE)
    assert stored is not None and stored.replay and stored.demo


def test_the_file_lets_everybody_in_and_stays(assistant: Assistant, tmp_path: Path) -> None:
    """Every secret of demo.json works; a second start changes neither file nor accounts."""
    path = tmp_path / "demo.json"
    known = ensure_demo(assistant, path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert Demo.model_validate_json(path.read_bytes()) == known
    _lets_in(assistant, known)
    assert ensure_demo(assistant, path) == known


def test_a_crash_after_the_file_leaves_nobody_outside(assistant: Assistant, tmp_path: Path) -> None:
    """The file is there and the accounts are not: the next start makes them with those secrets."""
    path, before = tmp_path / "demo.json", build_in_memory(Settings())
    known = ensure_demo(before, path)
    before.store.close()
    assert not list(assistant.store.users())
    assert ensure_demo(assistant, path) == known
    _lets_in(assistant, known)


def test_accounts_are_made_all_or_none_after_the_file(assistant: Assistant, tmp_path: Path) -> None:
    """What fails in the middle leaves no account; the secrets were written before."""
    assistant.accounts.create_token(NewToken(name="t", source=SOURCE, replay=False))
    path = tmp_path / "demo.json"
    with pytest.raises(ConflictError, match="replay"):
        ensure_demo(assistant, path)
    assert list(assistant.store.users()) == []
    assert len(json.loads(path.read_text(encoding="utf-8"))["users"]) == 4


def test_a_revoked_demo_token_does_not_come_back(assistant: Assistant, tmp_path: Path) -> None:
    """Whoever revoked it meant it: the demo refuses to start rather than let it in again."""
    path = tmp_path / "demo.json"
    known = ensure_demo(assistant, path)
    token = assistant.store.token_by_hash(hash_of(known.users[0].token))
    assert token is not None
    assistant.accounts.revoke_token(token.id)
    with pytest.raises(ConflictError, match="DEMO=0"):
        ensure_demo(assistant, path)


def test_a_store_of_real_people_gets_no_demo(assistant: Assistant, tmp_path: Path) -> None:
    """No file is written and no account is made beside theirs."""
    assistant.accounts.add_user("wang", (Role.VIEWER,))
    with pytest.raises(ConflictError, match="DEMO=0"):
        ensure_demo(assistant, tmp_path / "demo.json")
    assert not (tmp_path / "demo.json").exists()
    assert [user.name for user in assistant.store.users()] == ["wang"]


def test_without_its_signing_secret_no_source_is_made(assistant: Assistant, tmp_path: Path) -> None:
    """secrets.json cannot be written: nothing of the source or its token is in the store."""
    nowhere = SigningSecrets(tmp_path / "missing" / "secrets.json")
    accounts = Accounts(assistant.store, assistant.clock, nowhere)
    with pytest.raises(StoreError, match=r"secrets\.json"):
        accounts.create_token(NewToken(name="t", source="am"))
    assert assistant.store.source("am") is None
    assert list(assistant.store.tokens()) == []


def test_a_demo_goes_on_after_a_move(assistant: Assistant, tmp_path: Path) -> None:
    """A rebuild brings demo accounts without secrets; the next start gives them new ones."""
    old = build_in_memory(Settings())
    ensure_demo(old, tmp_path / "old.json")
    export_of(old.store, tmp_path / "out")
    old.store.close()
    assert rebuilt(assistant.store, tmp_path / "out")
    known = ensure_demo(assistant, tmp_path / "demo.json")
    _lets_in(assistant, known)
    assert ensure_demo(assistant, tmp_path / "demo.json") == known


def test_a_moved_demo_with_a_real_person_is_no_demo(assistant: Assistant, tmp_path: Path) -> None:
    """As before the move, the demo does not come in beside people."""
    old = build_in_memory(Settings())
    ensure_demo(old, tmp_path / "old.json")
    old.accounts.add_user("wang", (Role.VIEWER,))
    export_of(old.store, tmp_path / "out")
    old.store.close()
    rebuilt(assistant.store, tmp_path / "out")
    with pytest.raises(ConflictError, match="without the demo"):
        ensure_demo(assistant, tmp_path / "demo.json")
