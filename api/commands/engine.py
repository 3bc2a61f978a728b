"""`etiograph infer`, `diagnose` and `ask`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from api.bootstrap import Assistant, build_in_memory
from api.chores import chores
from api.commands.terminal import checked, say, say_json
from api.packs.loading import DEFAULT_PACK, pack_folder, read_pack
from api.reports.answers import answer_lines
from api.reports.diagnosis import report
from api.reports.words import LANES
from api.schemas.admin import Question
from api.settings import Settings
from api.wall_clock import SystemClock
from graph.errors import InputError
from graph.model.pack import DomainPack
from graph.model.signals import Lane


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
    from api.doorway.stateless import ENGINE, diagnose_files
    from api.incidents.views import detail_incident

    if not source.strip():
        raise InputError("--source: is empty; name the source that sent the alerts")
    chosen = _packs(packs or (DEFAULT_PACK,))
    assistant = build_in_memory(settings)
    clock = SystemClock()
    found = diagnose_files(
        alert_files,
        change_file=change_file,
        packs=chosen,
        source=source,
        at=_instant(at),
        store=assistant.store,
        diagnoser=assistant.diagnoser,
        computed_at=clock.now(),
    )
    told = 0
    for told, diagnosis in enumerate(found, 1):
        if as_json:
            say(diagnosis.model_dump_json(by_alias=True))
            continue
        incident = assistant.store.incident(ENGINE, diagnosis.incident_id)
        detail = detail_incident(assistant.store, ENGINE, incident, now=diagnosis.as_of.now)
        lines = list(report(detail, diagnosis, settings.lang))
        say("\n".join(["", *lines] if told > 1 else lines))
    if not told and not as_json:
        _say_no_incident(assistant, english=settings.lang == "en")
    return 0


def _packs(names: Sequence[str]) -> list[DomainPack]:
    """Read packs; each may be named once.

    Raises: InputError for a faulty pack, or two of one id.
    """
    found: dict[str, DomainPack] = {}
    for name in names:
        pack = read_pack(pack_folder(name))
        if pack.id in found:
            raise InputError(f"--pack: {name!r} is {pack.id!r} again; name each pack once")
        found[pack.id] = pack
    return list(found.values())


def _say_no_incident(assistant: Assistant, *, english: bool) -> None:
    """Tell a person why nothing was diagnosed: how many alerts wait, in which lane."""
    counts = Counter[str]()
    for header in assistant.store.packs():
        counts.update(assistant.store.lane_counts(header.id))
    named = [(LANES[lane], counts[lane]) for lane in Lane if counts[lane]]
    if english:
        lanes = ", ".join(f"{name.en} {count}" for name, count in named)
        say(f"No incident: these alerts make none. Where they went: {lanes or 'none'}")
    else:
        lanes = "、".join(f"{name.zh} {count} 条" for name, count in named)
        say(f"未形成事件。告警去向：{lanes or '无'}")


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
    asked = checked(Question, {"question": question, "incident_id": incident_id})
    with chores(settings) as desk:
        found = desk.ask(asked.question, incident_id=asked.incident_id)
        # Only where not even a title came near: nothing fits, or nothing is there.
        bare = isinstance(found, dict) and found["refused"] and not found["nearest"]
        loaded = desk.has_packs() if bare else True
    if not isinstance(found, dict):
        raise InputError("the server gave no answer/v1; is it of this version?")
    if as_json:
        say_json(found)
    else:
        for line in answer_lines(found, loaded=loaded):
            say(line)
    return 1 if found["refused"] else 0
