"""Words and files of somebody who means harm, or whose keyboard slipped."""

from __future__ import annotations

import json

import pytest

from api.moving.manifest import parse_manifest
from graph.errors import InputError
from reasoning.remediation.moves import check_reason


@pytest.mark.parametrize(
    "reason", ["\u200b", "\u202e\u2066", "\x00\x07", "\u3000 \u00a0", "\ufeff"]
)
def test_a_reason_that_nobody_can_see_is_none(reason: str) -> None:
    """Only blanks, control and direction characters say nothing to whoever has to agree."""
    with pytest.raises(InputError, match="say why"):
        check_reason(reason, needed=True)


@pytest.mark.parametrize("reason", ["切", "x", "\u202eok", "?"])
def test_a_short_reason_is_one(reason: str) -> None:
    """One character that can be seen is enough."""
    check_reason(reason, needed=True)


@pytest.mark.parametrize(("epoch", "home"), [(10**30, "/srv/a"), (1, "\ud800")])
def test_a_manifest_that_has_no_digest_is_refused_in_words(epoch: int, home: str) -> None:
    """Numbers and characters that no digest covers name the file, as other damage does."""
    value = {
        "schema": "export/v1",
        "schema_version": 1,
        "created_at": "2026-01-01T00:00:00Z",
        "origin": {"home": home, "store": "embedded", "epoch": epoch, "epoch_id": "e"},
        "kinds": [],
        "parts": [],
        "digest": "",
    }
    with pytest.raises(InputError, match="place"):
        parse_manifest(json.dumps(value).encode(), "place")
