"""The calls of the graph page, for `api.client.ApiClient`."""

from __future__ import annotations

from api.calls.transport import Transport, part_of
from api.schemas.feedback import PostmortemDraft
from api.schemas.graph import (
    CasesPage,
    ComponentDetail,
    FlowImpactView,
    FlowName,
    FoundComponents,
    NeighbourhoodView,
    PathView,
)
from api.schemas.incidents import Items
from api.schemas.proposals import ProposedRelations


class GraphCalls(Transport):
    """Read components, neighbourhoods, paths, flows and past cases."""

    def postmortem(self, incident_id: str, lang: str) -> str:
        """Give the draft of an incident's postmortem as Markdown, in `zh` or `en`."""
        path = f"/incidents/{part_of(incident_id)}/postmortem"
        return self._get(path, PostmortemDraft, params={"lang": lang}).markdown

    def component(self, component_id: str) -> ComponentDetail:
        """Give one component with all that is known of it."""
        return self._get(f"/graph/components/{part_of(component_id)}", ComponentDetail)

    def neighbourhood(
        self,
        component_id: str,
        *,
        hops: int = 2,
        direction: str = "both",
        limit: int = 150,
        members: bool = False,
    ) -> NeighbourhoodView:
        """Give what lies within 1..3 hops `up`, `down` or `both`, at most 150, nearest first."""
        params = [
            ("id", component_id),
            ("hops", str(hops)),
            ("direction", direction),
            ("limit", str(limit)),
            ("members", "true" if members else "false"),
        ]
        return self._get("/graph/neighbourhood", NeighbourhoodView, params=params)

    def path(self, source: str, target: str) -> PathView:
        """Give the likeliest way on which `source` harms `target`; NotFoundError without one."""
        return self._get("/graph/path", PathView, params=[("from", source), ("to", target)])

    def find_components(self, wanted: str, *, limit: int = 20) -> FoundComponents:
        """Find components by id, alias or name, the best fit first."""
        params = [("q", wanted), ("limit", str(limit))]
        return self._get("/graph/search", FoundComponents, params=params)

    def proposed_relations(self, incident_id: str | None) -> ProposedRelations:
        """List relations that siblings have and a component lacks; `used` of that incident's."""
        params = {} if incident_id is None else {"incident": incident_id}
        return self._get("/graph/proposed-relations", ProposedRelations, params=params)

    def flows(self) -> tuple[FlowName, ...]:
        """List the business flows, the main one of each pack first."""
        return self._get("/flows", Items[FlowName]).items

    def flow_impact(self, flow_id: str) -> FlowImpactView:
        """Give the steps of a flow with the components on which each stands."""
        return self._get(f"/flows/{part_of(flow_id)}/impact", FlowImpactView)

    def cases(
        self,
        words: str = "",
        *,
        kind: str | None = None,
        mode: str | None = None,
        component: str | None = None,
        cursor: str | None = None,
        limit: int = 20,
    ) -> CasesPage:
        """Page over past cases that fit all of it, newest first."""
        given = {"q": words, "kind": kind, "mode": mode, "component": component, "cursor": cursor}
        params = [(name, value) for name, value in given.items() if value]
        return self._get("/cases", CasesPage, params=[*params, ("limit", str(limit))])
