"""One tab's office: readings that stay, parts that hide, faults that are told."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator

import pytest

from api.calls.admin import Rule
from api.client import ApiClient, connect
from graph.model.access import Role, Scope
from tests.api.room import ApiRoom
from ui.office import Office
from ui.widgets import tables


@pytest.fixture
def room() -> Iterator[ApiRoom]:
    """The small platform."""
    made = ApiRoom()
    yield made
    made.close()


@pytest.fixture
def admin(room: ApiRoom) -> ApiClient:
    """An admin who may not read incidents."""
    return room.client(room.user_token("he", [Role.ADMIN], Scope.ADMIN))


def test_an_admin_sees_accounts_and_not_incidents(admin: ApiClient) -> None:
    """What the role may not read hides whole, without an error."""
    office = Office(admin)

    assert [user.name for user in office.users() or ()] == ["he"]
    assert office.board() is None and office.quarantined() is None
    assert office.failed == {}


def test_a_viewer_sees_health_and_not_accounts(room: ApiRoom) -> None:
    """The other way round."""
    office = Office(room.client(room.user_token("wu", [Role.VIEWER], Scope.READ)))

    assert office.users() is None and office.tokens() is None
    assert office.board() is not None and office.doctor() is not None


def test_what_was_read_last_stays_when_the_server_is_silent(admin: ApiClient) -> None:
    """And the page knows that it is not fresh."""
    office = Office(admin)
    seen = office.packs()
    with connect("http://127.0.0.1:9") as nobody:
        office.client = nobody

        assert office.packs() == seen and office.offline
        assert office.tokens() is None


def test_the_store_is_examined_once_a_visit(room: ApiRoom, admin: ApiClient) -> None:
    """It reads the whole file; again only when asked to."""
    office = Office(admin)
    first = office.doctor()
    room.user("li", Role.VIEWER)
    assert office.doctor() is first
    office.examine_again()

    assert office.doctor() != first


def test_a_faulty_pack_is_told_row_by_row(admin: ApiClient) -> None:
    """File, line, key and what is wrong; markup in them is text."""
    office = Office(admin)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("p/pack.yaml", "id: p\ntitle: {zh: 包}\n<b>: 1\n")
    office.load(packed.getvalue())
    assert office.loading is not None and office.loading.packs is None
    drawn = tables.fault_lines(office.loading.faults, "zh")

    assert "p/pack.yaml:" in drawn and "<b>: " not in drawn


def test_what_is_no_archive_is_told_in_one_row(admin: ApiClient) -> None:
    """The sentence of the error, where it names no place."""
    office = Office(admin)
    office.load(b"nothing of the kind")

    assert office.loading is not None and len(office.loading.faults) == 1


def test_rules_are_told_for_people() -> None:
    """Roles by name, codes that have no word left out, and fields told in general."""
    rule: Rule = {
        "id": "r",
        "name": {"zh": "规则", "en": "Rule"},
        "roles": ["ops_lead", "academic_lead"],
        "why": {"zh": "因为 {target}", "en": "because of {target}"},
    }
    drawn = tables.rule_table([rule], "zh")
    assert "运维主管、教务主管" in drawn and "因为目标" in drawn
    odd = tables.action_table([{"id": "a", "risk": 7, "undo_text": "<b>", "x": None}], "en")

    assert "<b>a</b>" in odd and "&lt;b&gt;" not in odd and ">7<" not in odd
