"""`etiograph why-not`: why a component is not the cause, or that it is the first."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from api.settings import Settings


def describe(commands: argparse._SubParsersAction[Any]) -> None:
    """Add the command to the parser."""
    why_not = commands.add_parser("why-not", help="why a component is not the cause")
    why_not.add_argument("incident", metavar="INCIDENT")
    why_not.add_argument("component", metavar="COMPONENT", help="by id, alias or name")
    why_not.add_argument("--json", action="store_true")


def why_not(settings: Settings, incident_id: str, component: str, *, as_json: bool) -> int:
    """Print why a component, by id, alias or name, is not the cause of an incident."""
    from api.chores import chores
    from api.commands.terminal import say, say_json
    from api.reports.why import why_lines

    with chores(settings) as desk:
        found = desk.why_not(incident_id, component)
    if as_json:
        say_json(found.model_dump(mode="json"))
    else:
        say("\n".join(why_lines(found, settings.lang)))
    return 0
