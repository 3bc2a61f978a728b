"""`etiograph infer`, `diagnose` and `ask`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from pydantic import JsonValue

from api.bootstrap import SystemClock, build_in_memory
from api.chores import chores
from api.commands.terminal import say, say_json
from api.packs import DEFAULT_PACK, pack_folder, read_pack
from api.report import report
from api.settings import Settings
from graph.errors import InputError


def infer(problem: str, observations: str, *, top: int | None) -> int:
    """Print posterior/v1 lines; everything is checked before the first."""
    from reasoning.engine.lines import run_infer

    for line in run_infer(problem, observations, top=top):
        say(line)
    return 0


def diagnose(
    settings: Settings,
    alert_files: Sequence[Path],
    *,
    change_file: Path | None,
    packs: Sequence[str],
    source: str,
    at: str | None,
    as_json: bool,
) -> int:
    """Print one diagnosis per incident of the files; nothing is stored."""
    from api.incident_views import detail_incident
    from api.stateless import ENGINE, diagnose_files

    folders = [pack_folder(name) for name in packs or (DEFAULT_PACK,)]
    assistant = build_in_memory(settings)
    clock = SystemClock()
    found = diagnose_files(
        alert_files,
        change_file=change_file,
        packs=[read_pack(folder) for folder in folders],
        source=source,
        at=_instant(at),
        store=assistant.store,
        diagnoser=assistant.diagnoser,
        computed_at=clock.now(),
    )
    for count, diagnosis in enumerate(found):
        if as_json:
            say(diagnosis.model_dump_json(by_alias=True))
            continue
        incident = assistant.store.incident(ENGINE, diagnosis.incident_id)
        detail = detail_incident(assistant.store, ENGINE, incident, now=diagnosis.as_of.now)
        lines = list(report(detail, diagnosis, settings.lang))
        say("\n".join(["", *lines] if count else lines))
    return 0


def _instant(text: str | None) -> datetime | None:
    from ingest.alerts import parse_instant

    if text is None:
        return None
    try:
        return parse_instant(text)
    except ValueError as error:
        raise InputError(f"--at: {error}") from error


def ask(settings: Settings, question: str, *, incident_id: str | None, as_json: bool) -> int:
    """Print cited steps; 1 when the house knows no answer."""
    with chores(settings) as desk:
        found = desk.ask(question, incident_id=incident_id)
    if not isinstance(found, dict):
        raise InputError("the server gave no answer/v1; is it of this version?")
    if as_json:
        say_json(found)
    else:
        _print_answer(found)
    return 1 if found["refused"] else 0


def _print_answer(found: dict[str, JsonValue]) -> None:
    english = found["lang"] == "en"
    if found["refused"]:
        say("No SOP fits. Nearest:" if english else "没有匹配的 SOP。最接近的是：")
        for near in _objects(found["nearest"]):
            say(f"  {_title(near['title'], english=english)}  [{near['doc_id']}]")
    for number, step in enumerate(_objects(found["steps"]), 1):
        say(f"{number}. {step['text']}")
        for place in _objects(step["citations"]):
            say(f"   [{place['doc_id']} {place['section']} {place['step']}]")


def _objects(value: JsonValue) -> list[dict[str, JsonValue]]:
    found = value if isinstance(value, list) else []
    return [item for item in found if isinstance(item, dict)]


def _title(value: JsonValue, *, english: bool) -> JsonValue:
    return value["en" if english else "zh"] if isinstance(value, dict) else value
