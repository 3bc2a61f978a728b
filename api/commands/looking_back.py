"""`etiograph report`, `replay`, `unanswered`: how well it did, and what nobody could answer."""

from __future__ import annotations

import argparse
from datetime import date
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from api.schemas.calibration import FortnightReport
    from api.schemas.unanswered import UnansweredReport
    from api.settings import Settings
    from graph.model.replay import Replay

COMMANDS = ("report", "replay", "unanswered")


def describe(commands: argparse._SubParsersAction[Any]) -> None:
    """Add both commands to the parser."""
    report = commands.add_parser("report", help="the fortnightly report, as Markdown")
    report.add_argument("--until", type=_day, metavar="DAY", help="its last day (default: today)")
    report.add_argument("--json", action="store_true", help="figures and page as JSON")
    asked = commands.add_parser("unanswered", help="a fortnight's questions that no SOP answered")
    asked.add_argument("--until", type=_day, metavar="DAY", help="its last day (default: today)")
    asked.add_argument("--json", action="store_true", help="questions and page as JSON")
    replay = commands.add_parser("replay", help="when an incident's cause would have been known")
    replay.add_argument("incident", metavar="INCIDENT")
    replay.add_argument("--without-source", metavar="S", help="as if source S had sent nothing")
    replay.add_argument(
        "--with-relation",
        action="append",
        default=[],
        metavar="A:KIND:B",
        help="as if A stood on B; may be given again",
    )
    replay.add_argument("--json", action="store_true")


def run(settings: Settings, chosen: argparse.Namespace) -> int:
    """Run one of the three; exit code 0."""
    from api.commands.terminal import say, say_json

    if chosen.command != "replay":
        read = _report if chosen.command == "report" else _unanswered
        found = read(settings, chosen.until)
        if chosen.json:
            say_json(found.model_dump(mode="json"))
        else:
            say(found.markdown.rstrip("\n"))
        return 0
    again, zone = _replay(settings, chosen)
    if chosen.json:
        say_json(again.model_dump(mode="json"))
        return 0
    from api.reports.replay import replay_lines

    for line in replay_lines(again, settings.lang, ZoneInfo(zone)):
        say(line)
    return 0


def _report(settings: Settings, until: date | None) -> FortnightReport:
    from api.chores import LOCAL, LocalChores, chores

    with chores(settings) as desk:
        if not isinstance(desk, LocalChores):
            return desk.client.fortnight(settings.lang, until)
        from api.incidents.calibration import Calibrations
        from api.incidents.fortnight import report_fortnight

        assistant = desk.assistant
        asked = (settings.lang, until)
        now = assistant.clock.now()
        return report_fortnight(Calibrations(), assistant.store, LOCAL, asked=asked, now=now)


def _unanswered(settings: Settings, until: date | None) -> UnansweredReport:
    from api.chores import LocalChores, chores

    with chores(settings) as desk:
        if not isinstance(desk, LocalChores):
            return desk.client.unanswered_report(settings.lang, until)
        from api.knowledge.writing_back.unanswered import report_unanswered

        store, now = desk.assistant.store, desk.assistant.clock.now()
        return report_unanswered(store, lang=settings.lang, until=until, now=now)


def _replay(settings: Settings, chosen: argparse.Namespace) -> tuple[Replay, str]:
    from api.chores import LOCAL, LocalChores, chores

    source, relations = chosen.without_source, chosen.with_relation
    with chores(settings) as desk:
        if not isinstance(desk, LocalChores):
            found = desk.client.replay(chosen.incident, without_source=source, relations=relations)
            return found, desk.client.incident(chosen.incident).timezone
        from api.incidents.replay_views import view_replay

        assistant = desk.assistant
        found = view_replay(
            assistant, LOCAL, chosen.incident, without_source=source, relations=relations
        )
        pack = assistant.store.incident(LOCAL, chosen.incident).pack_id
        return found, assistant.store.pack(pack).calendar.timezone


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day; write YYYY-MM-DD") from None
