"""`etiograph why-not`: why a component is not the cause, or that it is the first."""

from __future__ import annotations

from api.chores import chores
from api.commands.terminal import say, say_json
from api.reports.why import why_lines
from api.settings import Settings


def why_not(settings: Settings, incident_id: str, component: str, *, as_json: bool) -> int:
    """Print why a component, by id, alias or name, is not the cause of an incident."""
    with chores(settings) as desk:
        found = desk.why_not(incident_id, component)
    if as_json:
        say_json(found.model_dump(mode="json"))
    else:
        say("\n".join(why_lines(found, settings.lang)))
    return 0
