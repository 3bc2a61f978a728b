"""Loading a pack that demands less takes two people in a sealed house; raising takes one."""

from __future__ import annotations

import io
import re
import shutil
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.packs.loading import archive_of, pack_folder, read_pack
from tests.api.grant_room import ADMIN, LEAD, SECOND_ADMIN, GrantRoom
from tests.api.room import problem_in

PACK = "medical_education"
_RULE = "roles: [ops_lead, platform_owner]"


@pytest.fixture
def house() -> Iterator[GrantRoom]:
    """Give a sealed house with the whole pack, as it was loaded before set-up was sealed."""
    made = GrantRoom()
    whole = read_pack(pack_folder(PACK))
    made.assistant.store.write(lambda tx: tx.replace_pack(whole))
    yield made
    made.close()


def _archive(folder: Path, old: str = "", new: str = "") -> bytes:
    """Pack the seed pack with one text of its rules replaced."""
    made = folder / PACK
    shutil.rmtree(made, ignore_errors=True)
    shutil.copytree(pack_folder(PACK), made, ignore=shutil.ignore_patterns("scenarios"))
    rules = made / "policies.yaml"
    text = rules.read_text(encoding="utf-8")
    assert old in text
    rules.write_text(text.replace(old, new) if old else text, encoding="utf-8")
    return archive_of([made])


def _load(house: GrantRoom, archive: bytes) -> Any:
    return house.local().post("/api/v1/packs", content=archive)


def _roles(house: GrantRoom) -> set[str]:
    rules = house.assistant.store.pack(PACK).policies
    return {role.value for rule in rules for role in rule.roles}


def test_a_lowering_waits_for_two_people_and_holds_once(house: GrantRoom, tmp_path: Path) -> None:
    """Refused with what it lowers; granted it loads, and after a raise it is refused again."""
    lower = _archive(tmp_path, _RULE, "roles: [ops_lead]")
    refused = problem_in(_load(house, lower), 422)
    assert refused["code"] == "lowers_demands"
    assert "平台负责人" in refused["message"]["zh"] and "platform owner" in refused["detail"]
    assert "platform_owner" in _roles(house)
    content = next(e["detail"] for e in refused["errors"] if e["pointer"] == "/content")

    asked = house.caller(ADMIN).ask("lowering", PACK, content=content)
    assert asked.status_code == 201, asked.text
    assert any("平台负责人" in text["zh"] for text in asked.json()["lowers"])
    assert house.caller(LEAD).confirm(asked.json()).status_code == 200
    problem_in(_load(house, lower), 422)
    house.pass_time(minutes=15)
    assert _load(house, lower).status_code == 200
    assert "platform_owner" not in _roles(house)
    assert "grant_used" in house.kinds()

    assert _load(house, _archive(tmp_path)).status_code == 200, "raising is free"
    assert problem_in(_load(house, lower), 422)["code"] == "lowers_demands"
    assert "platform_owner" in _roles(house)


def test_what_nobody_tried_cannot_be_asked_for(house: GrantRoom) -> None:
    """Else somebody would agree to they know not what."""
    refused = house.caller(ADMIN).ask("lowering", PACK, content="0" * 64)
    assert problem_in(refused, 409)["code"] == "not_tried"


def test_a_grant_is_for_that_content_and_a_day(house: GrantRoom, tmp_path: Path) -> None:
    """Another file under its name is refused, and so is the same one a day later."""
    lower = _archive(tmp_path, _RULE, "roles: [ops_lead]")
    other = _archive(tmp_path, "password_again: true", "password_again: false")
    content = problem_in(_load(house, lower), 422)["errors"][-1]["detail"]
    asked = house.caller(ADMIN).ask("lowering", PACK, content=content).json()
    house.caller(SECOND_ADMIN).confirm(asked)
    house.pass_time(minutes=15)
    assert problem_in(_load(house, other), 422)["code"] == "lowers_demands"
    house.pass_time(hours=24)
    assert problem_in(_load(house, lower), 422)["code"] == "lowers_demands"
    assert "platform_owner" in _roles(house)


def test_a_server_that_starts_keeps_what_demands_more(house: GrantRoom, tmp_path: Path) -> None:
    """A changed file on disk lowers nothing, and does not keep the server from starting."""
    archive = _archive(tmp_path / "made", _RULE, "roles: [ops_lead]")
    with tarfile.open(fileobj=io.BytesIO(archive)) as packed:
        packed.extractall(tmp_path / "disk", filter="data")
    assert house.assistant.packs.ensure(tmp_path / "disk" / PACK, house.clock.at) is None
    report = house.local().get("/api/v1/doctor").json()
    assert [check["name"] for check in report["checks"] if PACK in check["text"]["en"]] == ["packs"]
    assert not report["ok"]
    assert "platform_owner" in _roles(house)


def _without_windows(folder: Path) -> bytes:
    """Pack the seed pack with a calendar that names no window."""
    _archive(folder)
    head = folder / PACK / "pack.yaml"
    text = head.read_text(encoding="utf-8")
    emptied = re.sub(r"  windows:\n(?:    .*\n)+", "  windows: []\n", text)
    assert emptied != text
    head.write_text(emptied, encoding="utf-8")
    return archive_of([folder / PACK])


def test_a_calendar_is_not_lowered_in_two_steps(house: GrantRoom, tmp_path: Path) -> None:
    """No window is the highest demand: getting there is free, leaving it is not, and both show."""
    emptied = _load(house, _without_windows(tmp_path))
    assert emptied.status_code == 200, emptied.text
    assert emptied.json()["packs"][0]["changed"] == 1
    assert house.kinds()[-1] == "pack_loaded"

    refused = problem_in(_load(house, _archive(tmp_path)), 422)
    assert refused["code"] == "lowers_demands" and "windows" in refused["detail"]
    assert house.assistant.store.pack(PACK).calendar.windows == ()


def test_a_copy_under_another_name_is_no_way_round(house: GrantRoom, tmp_path: Path) -> None:
    """Its actions would need fewer people, and its aliases make alerts ambiguous."""
    copy = tmp_path / "copy"
    shutil.copytree(pack_folder(PACK), copy, ignore=shutil.ignore_patterns("scenarios"))
    head = copy / "pack.yaml"
    head.write_text(head.read_text(encoding="utf-8").replace(PACK, "evil"), encoding="utf-8")
    refused = problem_in(_load(house, archive_of([copy])), 422)

    assert refused["code"] == "lowers_demands"
    assert "别名" in refused["message"]["zh"] or "新动作" in refused["message"]["zh"]
    assert "evil" not in {header.id for header in house.assistant.store.packs()}
