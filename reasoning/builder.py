"""Build the causal model of one incident from the evidence subgraph."""

from __future__ import annotations

from collections.abc import Sequence

from graph.failure import Edges, FailureGraph, break_cycles
from graph.model.library import AlertType, Direction, FaultMode
from graph.model.pack import DomainPack
from graph.model.topology import Component
from reasoning import parameters
from reasoning.causal_model import EXTERNAL, CausalModel, drop_barren, make_channel
from reasoning.evidence import Catalogue, Evidence, Listening
from reasoning.priors import ModePrior, external_prior, mode_priors, odds_times


class ModelBuilder:
    """Builds the causal model of one incident, one component after the other."""

    def __init__(
        self, pack: DomainPack, graph: FailureGraph, catalogue: Catalogue, evidence: Evidence
    ) -> None:
        """Remember what the model is built from."""
        self._pack = pack
        self._graph = graph
        self._catalogue = catalogue
        self._evidence = evidence
        self._listening = Listening(pack, evidence)
        self._modes: dict[str, list[FaultMode]] = {}
        for mode in pack.library.modes:
            self._modes.setdefault(mode.kind, []).append(mode)

    def build(self, components: tuple[str, ...]) -> CausalModel:
        """Build the whole network over these components (in id order)."""
        acyclic = break_cycles(components, self._upstream(components))
        model = CausalModel(components, acyclic.representative, acyclic.cut)
        model.considered = len(components)
        self._external(model)
        for component_id in components:
            self._component(model, self._graph.components[component_id])
        drop_barren(model)
        return model

    def _upstream(self, components: tuple[str, ...]) -> Edges:
        """Join what a component stands on with its members: both can close a cycle."""
        graph = self._graph
        return {
            c: (*graph.causes.get(c, ()), *((m, 1.0) for m in graph.members.get(c, ())))
            for c in components
        }

    def _component(self, model: CausalModel, component: Component) -> None:
        node = model.representative[component.id]
        model.node(node)
        self._born(model, component)
        self._dependencies(model, component.id)
        self._group(model, component.id)
        self._dependant_channels(model, component)
        self._starvation(model, component)

    def _born(self, model: CausalModel, component: Component) -> None:
        """Add the faults that can be born here, and the own alerts that tell them apart."""
        modes = self._modes.get(component.kind, [])
        priors = mode_priors(modes, component, self._evidence.changes, self._evidence.began_at)
        own = self._own_signs(component)
        silent = [t for t, active in own if not active]
        priors = tuple(_without(prior, silent) for prior in priors)
        model.modes[component.id] = priors
        node = model.representative[component.id]
        if not priors:
            return
        active = [t for t, spoke in own if spoke]
        born = f"{component.id}#born"
        model.link(born, node, 1.0)
        if not active:
            miss = 1.0
            for prior in priors:
                miss *= 1.0 - prior.conditioned
            model.node(born)["prior"] = 1.0 - miss
            return
        model.jointly.add(component.id)
        for prior in priors:
            fault = f"{component.id}/{prior.mode.id}"
            model.node(fault)["prior"] = prior.conditioned
            model.link(fault, born, 1.0)
        for sign in active:
            self._own_channel(model, component.id, sign, priors)

    def _own_signs(self, component: Component) -> list[tuple[AlertType, bool]]:
        """List the own alerts that spoke (True) or were silent (False); unknown ones are noted."""
        fired = self._evidence.fired.get(component.id, {})
        signs: list[tuple[AlertType, bool]] = []
        for alert_type in self._catalogue.types(component.kind, Direction.OWN):
            if alert_type.alertname in fired:
                signs.append((alert_type, True))
            elif self._listening.unknown_reason(component, alert_type) is None:
                signs.append((alert_type, False))
        if component.kind == "region":
            signs += self._lost_monitoring(component)
        return signs

    def _lost_monitoring(self, component: Component) -> list[tuple[AlertType, bool]]:
        """Read a region's lost heartbeat as an own sign of being cut off."""
        if component.site is None:
            return []
        lost = component.site in self._listening.late
        known = lost or component.site in self._listening.fresh
        return [(_HEARTBEAT_LOST, lost)] if known else []

    def _own_channel(
        self,
        model: CausalModel,
        component_id: str,
        sign: AlertType,
        priors: tuple[ModePrior, ...],
    ) -> None:
        """An active own alert: a noisy-OR of the modes that raise it."""
        node = f"{component_id}!{sign.alertname}"
        for prior in priors:
            detection = _detection(prior.mode, sign)
            if detection > 0.0:
                model.link(f"{component_id}/{prior.mode.id}", node, detection)
        if sign.detection > 0.0:
            model.link(model.representative[component_id], node, sign.detection)
        model.node(node)
        channel = make_channel(node, component_id, sign.alertname)
        model.add_channel(channel, (parameters.OWN_CHANNEL_DETECTION, sign.false_alarm))

    def _dependencies(self, model: CausalModel, component_id: str) -> None:
        node = model.representative[component_id]
        for cause, strength in self._graph.causes.get(component_id, ()):
            if cause in model.representative and (component_id, cause) not in model.cut:
                model.link(model.representative[cause], node, strength)

    def _group(self, model: CausalModel, component_id: str) -> None:
        """Add the redundant group; members outside the subgraph count as not degraded."""
        members = self._graph.members.get(component_id, ())
        own = model.representative[component_id]
        inside = [
            m
            for m in members
            if model.representative.get(m, own) != own and (component_id, m) not in model.cut
        ]
        needed = self._graph.min_healthy.get(component_id, 0) - (len(members) - len(inside))
        if not inside or needed < 1:
            return
        pods = f"{component_id}#pods"
        distinct = sorted({model.representative[m] for m in inside})
        needed = min(needed, len(distinct))
        for member in distinct:
            model.node(member)
        model.node(pods)["group"] = {"members": list(distinct), "min_healthy": needed}
        model.link(pods, model.representative[component_id], 1.0)

    def _dependant_channels(self, model: CausalModel, component: Component) -> None:
        """Add what spoke one by one, or the common silence of everything that could have."""
        fired = self._evidence.fired.get(component.id, {})
        types = self._catalogue.types(component.kind, Direction.DEPENDANT)
        known = {t.alertname for t in self._catalogue.by_kind.get(component.kind, ())}
        node = model.representative[component.id]
        spoke = [t for t in types if t.alertname in fired]
        for alert_type in spoke:
            rates = (alert_type.detection, alert_type.false_alarm)
            model.add_channel(make_channel(node, component.id, alert_type.alertname), rates)
        for alertname in sorted(set(fired) - known):
            rates = (parameters.GENERIC_DETECTION, parameters.GENERIC_FALSE_ALARM)
            model.add_channel(make_channel(node, component.id, alertname), rates)
        harm = self._catalogue.speaking_of_harm(component.kind)
        self._silence(model, component, [t for t in harm if t.alertname not in fired])

    def _silence(
        self, model: CausalModel, component: Component, types: Sequence[AlertType]
    ) -> None:
        missed, calm = 1.0, 1.0
        for alert_type in types:
            reason = self._listening.unknown_reason(component, alert_type)
            if reason is None:
                missed *= 1.0 - alert_type.detection
                calm *= 1.0 - alert_type.false_alarm
            else:
                model.quiet.append((component.id, alert_type.alertname, reason))
        if missed < 1.0:
            node = model.representative[component.id]
            rates = (min(1.0 - missed, parameters.SILENCE_CAP), 1.0 - calm)
            channel = make_channel(node, component.id, "")
            model.add_channel(channel, rates)

    def _starvation(self, model: CausalModel, component: Component) -> None:
        """Add missing traffic that was seen, and the callers whose failure explains it."""
        fired = self._evidence.fired.get(component.id, {})
        for alert_type in self._catalogue.types(component.kind, Direction.STARVATION):
            if alert_type.alertname not in fired:
                continue
            node = f"{component.id}#starved"
            own = model.representative[component.id]
            for caller, share in self._graph.callers.get(component.id, ()):
                source = model.representative.get(caller)
                if source is not None and source != own:
                    model.link(source, node, share * parameters.STARVATION_SHARE)
            model.node(node)
            channel = make_channel(node, component.id, alert_type.alertname)
            model.add_channel(channel, (alert_type.detection, alert_type.false_alarm))

    def _external(self, model: CausalModel) -> None:
        """Add the cause outside the graph: strong at the edge, weak inside."""
        model.external_prior = external_prior(self._pack, self._evidence)
        model.node(EXTERNAL)["prior"] = model.external_prior
        for component_id in model.components:
            component = self._graph.components[component_id]
            types = self._catalogue.types(component.kind, Direction.DEPENDANT)
            if not types or component_id in self._graph.groups_of:
                continue
            edge = component.kind in parameters.EDGE_KINDS
            strength = (
                parameters.EXTERNAL_EDGE_STRENGTH if edge else parameters.EXTERNAL_INNER_STRENGTH
            )
            model.link(EXTERNAL, model.representative[component_id], strength)
        self._calm_edge(model)

    def _calm_edge(self, model: CausalModel) -> None:
        """Let the silent edge outside the subgraph speak against an outside cause.

        An outside cause shows at the edge first. Where the subgraph holds little of the edge, the
        rest of it is summed up in one channel on the cause itself:
        P(silent | external) = product of 1 - strength * P(an edge component's rules speak).
        """
        silent = 1.0
        for component in self._graph.components.values():
            if component.kind in parameters.EDGE_KINDS and component.id not in model.representative:
                silent *= 1.0 - parameters.EXTERNAL_EDGE_STRENGTH * self._would_speak(component)
        if silent < 1.0:
            channel = make_channel(EXTERNAL, EXTERNAL, "")
            rates = (min(1.0 - silent, parameters.CALM_EDGE_CAP), 0.0)
            model.add_channel(channel, rates)

    def _would_speak(self, component: Component) -> float:
        """P(some rule of a degraded component had spoken by now)."""
        missed = 1.0
        for alert_type in self._catalogue.speaking_of_harm(component.kind):
            if self._listening.unknown_reason(component, alert_type) is None:
                missed *= 1.0 - alert_type.detection
        return 1.0 - missed


_HEARTBEAT_LOST = AlertType.model_validate(
    {
        "alertname": "HeartbeatLost",
        "kinds": ["region"],
        "direction": "own",
        "name": {"zh": "监控失联", "en": "Monitoring lost"},
        "detection": 0.0,
        "false_alarm": parameters.HEARTBEAT_LOST_FALSE_ALARM,
        "delay_s": 0,
    }
)


def _detection(mode: FaultMode, sign: AlertType) -> float:
    """P(this own alert | this mode alone); a lost heartbeat speaks of being cut off."""
    if sign is _HEARTBEAT_LOST:
        cut_off = mode.id.endswith("region.cut-off")
        return parameters.HEARTBEAT_LOST_DETECTION if cut_off else 0.0
    return max((s.detection for s in mode.signatures if s.alertname == sign.alertname), default=0.0)


def _without(prior: ModePrior, silent: list[AlertType]) -> ModePrior:
    """Condition a mode's prior on the silence of its own alerts: odds times (1 - d) each."""
    factor = 1.0
    for sign in silent:
        factor *= 1.0 - _detection(prior.mode, sign)
    return ModePrior(prior.mode, prior.base, odds_times(prior.conditioned, factor), prior.changes)
