"""What the graph page reads: neighbourhoods, components, paths, flows, and past cases."""

from __future__ import annotations

from api.schemas.incidents import Items, View
from graph.harm import Way
from graph.model.base import Id, Instant, Text
from graph.model.incident import IncidentState, Urgency
from graph.model.knowledge import CaseOutcome
from graph.model.topology import Basis, RelationType


class GraphNode(View):
    """A component as a box; layer: service, storage, node, network.

    `single_point`: it alone can break a step of a flow (`ComponentDetail.single_point` says why).
    """

    id: Id
    name: Text
    kind: Id
    kind_name: Text
    layer: str
    single_point: bool = False


class ReachedNode(GraphNode):
    """A box of a neighbourhood; `distance` in relations from its start, 0..3."""

    distance: int


class GraphRelation(View):
    """`source` depends on `target`; strength = P(source degraded | target degraded).

    `through_members`: not stored as such; most members of the group `source` stand on `target`.
    """

    source: Id
    type: RelationType
    target: Id
    strength: float
    confidence: float
    basis: Basis
    discovered_from: str
    through_members: bool = False


class NeighbourhoodView(View):
    """What lies round a component: nodes nearest first, and the relations among them.

    `found` counts what is in reach, beyond the limit too; `folded` counts members that are drawn as
    their group; `total` is the size of the whole graph.
    """

    id: Id
    hops: int
    direction: Way
    nodes: tuple[ReachedNode, ...]
    relations: tuple[GraphRelation, ...]
    found: int
    folded: int
    total: int


class FoundComponents(Items[GraphNode]):
    """Components whose name, alias or id fits a search, the best fit first."""


class PathStep(GraphNode):
    """One component of a path; `probability` = P(degraded | the one before is), 1 for the first."""

    probability: float
    types: tuple[RelationType, ...] = ()


class PathView(View):
    """The likeliest way on which `source` harms `target`; `probability` is the product."""

    source: Id
    target: Id
    probability: float
    steps: tuple[PathStep, ...]


class UsedComponent(GraphNode):
    """A component that a step uses; strength = P(step degraded | component degraded)."""

    strength: float


class FlowStepView(View):
    """A step of a flow with what it uses, strongest first."""

    id: Id
    name: Text
    affects_exam: bool
    affects_credits: bool
    affects_study: bool
    uses: tuple[UsedComponent, ...]


class FlowImpactView(View):
    """A flow, its steps in walking order, and the components on which each stands."""

    id: Id
    name: Text
    steps: tuple[FlowStepView, ...]


class FlowName(View):
    """A flow of a pack; `steps` counts them, `main` marks the flow that matters most."""

    id: Id
    pack_id: Id
    name: Text
    steps: int
    main: bool


class StepRef(View):
    """A step of a flow that uses a component."""

    flow_id: Id
    flow_name: Text
    step_id: Id
    step_name: Text
    strength: float


class Neighbour(View):
    """A component next to another one, and how the two are related."""

    id: Id
    name: Text
    kind: Id
    type: RelationType
    strength: float
    confidence: float
    basis: Basis
    discovered_from: str


class GroupView(View):
    """A redundant group: how many of its members must live; `is_member` of the shown component."""

    id: Id
    name: Text
    members: int
    min_healthy: int
    is_member: bool


class SinglePointView(View):
    """Why a component is a single point of failure: the step it breaks most surely."""

    flow_id: Id
    step_id: Id
    step_name: Text
    probability: float
    steps: int
    replicas: tuple[Id, ...]
    reason: Text


class IncidentMention(View):
    """An incident in which a component was alerting (`alerts` firing), or the top cause."""

    incident_id: Id
    title: Text
    state: IncidentState
    urgency: Urgency | None
    began_at: Instant
    timezone: str
    alerts: int
    top_cause: bool
    posterior: float | None = None


class ChangeMention(View):
    """A change of a component."""

    change_id: str
    source: str
    at: Instant
    kind: str
    actor: str
    summary: str


class ModeView(View):
    """A way in which this kind of component fails; base_rate = P(born before an incident)."""

    id: Id
    name: Text
    base_rate: float


class SopMention(View):
    """An SOP for this component or for its kind's fault modes."""

    sop_id: Id
    title: Text
    revision: str
    named: bool


class CaseMention(View):
    """A past case of this component (`same`) or of its kind, newest first."""

    case_id: Id
    title: Text
    opened_at: Instant
    outcome: CaseOutcome
    minutes_to_repair: float
    same: bool


class ComponentDetail(GraphNode):
    """A component with everything that is known of it; lists are in the order of the screens."""

    pack_id: Id
    timezone: str
    aliases: tuple[str, ...]
    site: Id | None
    attributes: dict[str, str | int | float | bool]
    region: Text | None
    steps: tuple[StepRef, ...]
    upstream: tuple[Neighbour, ...]
    downstream: tuple[Neighbour, ...]
    groups: tuple[GroupView, ...]
    single: SinglePointView | None
    modes: tuple[ModeView, ...]
    incidents: tuple[IncidentMention, ...]
    changes: tuple[ChangeMention, ...]
    sops: tuple[SopMention, ...]
    cases: tuple[CaseMention, ...]


class CaseCard(View):
    """A past case with names for its ids; minutes run from onset."""

    id: Id
    title: Text
    opened_at: Instant
    timezone: str
    component_id: Id
    component_name: Text
    kind: Id
    kind_name: Text
    fault_mode_id: Id
    fault_mode_name: Text
    symptoms: Text
    cause: Text
    fix: Text
    outcome: CaseOutcome
    minutes_to_detect: float
    minutes_to_repair: float
    alertnames: tuple[str, ...]
    sop_ids: tuple[Id, ...]
    source: str


class Facet(View):
    """A value by which a list can be narrowed, and how many items have it."""

    id: Id
    name: Text
    count: int


class CasesPage(Items[CaseCard]):
    """Past cases, newest first; `kinds` and `modes` are those of all visible cases, by id."""

    total: int
    kinds: tuple[Facet, ...]
    modes: tuple[Facet, ...]
