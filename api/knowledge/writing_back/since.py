"""What changed since an SOP was reviewed: on the components it is for, and in the graph."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from api.bootstrap import Assistant
from api.knowledge.writing_back.uses import UseLog
from api.schemas.sop_records import ChangeSeen
from graph.model.access import Principal
from graph.model.knowledge import Sop
from graph.model.pack import DomainPack

_CHANGES_SHOWN: Final = 3


@dataclass(frozen=True)
class Since:
    """What one person may know of the time since the review of one SOP of a pack."""

    assistant: Assistant
    principal: Principal
    sop: Sop
    pack: DomainPack | None
    reviewed_at: datetime | None

    def changes(
        self, incident_id: str | None, now: datetime
    ) -> tuple[int | None, tuple[ChangeSeen, ...]]:
        """Count the changes on the components that it names, and give the newest three.

        None where it names none. With an incident its first cause counts too, where the SOP is
        for that. Raises: NotFoundError for an incident that may not be seen.
        """
        pack, since = self.pack, self.reviewed_at
        ids = self._named(incident_id, pack) if pack else frozenset()
        if pack is None or since is None or not ids:
            return None, ()
        names = {component.id: component.name for component in pack.components}
        seen = [
            ChangeSeen(component_id=component, name=names[component], at=record.change.at)
            for record in self.assistant.store.changes_between(pack.id, since=since, until=now)
            for component in record.component_ids
            if component in ids and component in names and record.retracted_at is None
        ]
        return len(seen), tuple(reversed(seen[-_CHANGES_SHOWN:]))

    def graph_changed_at(self, uses: UseLog) -> datetime | None:
        """Tell when a pack was last loaded that touched what the SOP is for, or None."""
        from reasoning.remediation.editing import concerned_by

        if self.pack is None or self.reviewed_at is None:
            return None
        ids = frozenset(concerned_by(self.sop, self.pack))
        return uses.edited(self.pack.id, ids, since=self.reviewed_at)

    def _named(self, incident_id: str | None, pack: DomainPack) -> frozenset[str]:
        """Name the components that the SOP names, and the first cause where it is for that."""
        from reasoning.remediation.editing import concerned_by

        named = set(self.sop.component_ids)
        if incident_id is not None:
            self.assistant.store.incident(self.principal, incident_id)
            diagnosis = self.assistant.store.diagnosis(incident_id)
            top = diagnosis.hypotheses[0].component_id if diagnosis else None
            named |= {top} & concerned_by(self.sop, pack) if top else set()
        return frozenset(
            c.id
            for c in pack.components
            if c.id in named and self.principal.may_see(site=c.site, visibility=c.visibility)
        )
