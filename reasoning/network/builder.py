"""Build the causal model of one incident from the evidence subgraph."""

from __future__ import annotations

from dataclasses import replace

from graph.failure import FailureGraph, break_cycles
from graph.model.library import AlertType, Direction, FaultMode
from graph.model.pack import DomainPack
from graph.model.topology import Component
from reasoning import parameters
from reasoning.network.causal_model import CausalModel, bounded_id, drop_barren, make_channel
from reasoning.network.checked import Checked, add_results
from reasoning.network.confirmed import learnt_rates
from reasoning.network.doubt import Doubt
from reasoning.network.evidence import Catalogue, Evidence, Quiet
from reasoning.network.facets import Facets
from reasoning.network.listening import Listening
from reasoning.network.measured import false_alarm_of
from reasoning.network.outside import Outside
from reasoning.network.priors import ModePrior, mode_priors, odds_times
from reasoning.network.silence import HEARTBEAT_LOST, Silence, own_detection
from reasoning.network.starvation import Starvation
from reasoning.network.timing import Timing

# A kind, its silent own rules and its silent other rules: no more tells calm components apart.
_Calm = tuple[str, tuple[str, ...], tuple[str, ...]]


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
        self._timing = Timing(graph, catalogue, evidence)
        self._quiet = Silence(evidence.arrived)
        self._facets = Facets(catalogue)
        self._silent: dict[str, list[AlertType]] = {}
        self._checked = Checked(pack.library, evidence)
        self._modes: dict[str, list[FaultMode]] = {}
        self._rates = learnt_rates(pack, evidence.outcomes)
        self._means = {mode_id: rate.mean for mode_id, rate in self._rates.items()}
        for mode in pack.library.modes:
            self._modes.setdefault(mode.kind, []).append(mode)
        self._changed = frozenset(c for record in evidence.changes for c in record.component_ids)
        self._priors: dict[_Calm, tuple[ModePrior, ...]] = {}

    def build(self, components: tuple[str, ...]) -> CausalModel:
        """Build the whole network over these components (in id order)."""
        graph = self._graph
        upstream = {c: graph.standing_on(c) for c in components}
        acyclic = break_cycles(components, upstream, knots=graph.knots)
        model = CausalModel(components, acyclic.representative, acyclic.cut)
        model.considered, model.rates = len(components), self._rates
        outside = Outside(self._pack, graph, self._catalogue, self._evidence)
        outside.add(model, self._facets, self._listening)
        for component_id in components:
            self._component(model, graph.components[component_id])
        Starvation(graph, self._catalogue, self._evidence).add(model)
        Doubt(self._evidence).settle(model)
        drop_barren(model)
        return model

    def _component(self, model: CausalModel, component: Component) -> None:
        model.node(model.representative[component.id])
        self._facets.link(model, component)
        self._born(model, component)
        self._dependencies(model, component)
        self._group(model, component.id)
        self._dependant_channels(model, component)

    def _born(self, model: CausalModel, component: Component) -> None:
        """Add the faults that can be born here, and what tells them apart: own alerts, checks."""
        own = self._own_signs(component)
        priors = self._priors_of(component, [t for t, active in own if not active])
        model.modes[component.id] = priors
        if not priors:
            return
        active = [t for t, spoke in own if spoke]
        born = f"{component.id}#born"
        model.link(born, self._facets.entry(model, component), 1.0)
        self._checked.add_verdicts(model, component.id, born)
        results = self._checked.tested(component.id, (prior.mode for prior in priors))
        if not active and not results:
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
        add_results(model, component.id, results)

    def _priors_of(self, component: Component, silent: list[AlertType]) -> tuple[ModePrior, ...]:
        """Remember: equal components without a change, where the same is silent, share theirs."""
        if component.id in self._changed or component.id in self._graph.views:
            return self._find_priors(component, silent)
        hushed = tuple(t.alertname for t in self._hushed(component))
        calm = component.kind, tuple(t.alertname for t in silent), hushed
        known = self._priors.get(calm)
        if known is None:
            known = self._priors[calm] = self._find_priors(component, silent)
        return known

    def _find_priors(self, component: Component, silent: list[AlertType]) -> tuple[ModePrior, ...]:
        """Take what was changed and what was silent into the modes' priors."""
        shown = component.id in self._graph.views  # whose faults are those of what it shows
        modes = [] if shown else self._modes.get(component.kind, [])
        sign = self._timing.first_sign(component.id)
        priors = mode_priors(modes, component, self._evidence, first_sign=sign, rates=self._means)
        priors = tuple(self._quiet.without(prior, silent) for prior in priors)
        return tuple(self._unheard(component, prior) for prior in priors)

    def _unheard(self, component: Component, prior: ModePrior) -> ModePrior:
        """Take the silence of dependant rules back from a mode that leaves nothing to speak.

        The common silence counts on D with P(silent | degraded); a mode that mutes makes its
        component degraded by itself, so dividing its odds by that probability is exact.
        """
        if not prior.mode.mutes:
            return prior
        types = self._hushed(component)
        rules = [t for t in types if t.direction is Direction.OWN]
        factor = self._quiet.chance(rules) / self._quiet.chance(types)
        return replace(prior, conditioned=odds_times(prior.conditioned, factor))

    def _own_signs(self, component: Component) -> list[tuple[AlertType, bool]]:
        """List the own alerts that spoke (True) or were silent (False); unknown ones are noted."""
        fired = self._evidence.fired.get(component.id, {})
        signs: list[tuple[AlertType, bool]] = []
        for alert_type in self._catalogue.types(component.kind, Direction.OWN):
            if alert_type.alertname in fired:
                signs.append((alert_type, True))
            elif alert_type.speaks_only:
                continue
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
        return [(HEARTBEAT_LOST, lost)] if known else []

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
            detection = own_detection(prior.mode, sign)
            if detection > 0.0:
                model.link(f"{component_id}/{prior.mode.id}", node, detection)
        if sign.detection > 0.0:
            model.link(model.representative[component_id], node, sign.detection)
        model.node(node)
        channel = make_channel(node, component_id, sign.alertname)
        record = self._evidence.fired.get(component_id, {}).get(sign.alertname)
        false_alarm = sign.false_alarm if record is None else false_alarm_of(record, sign)
        model.add_channel(channel, (parameters.OWN_CHANNEL_DETECTION, false_alarm))

    def _dependencies(self, model: CausalModel, component: Component) -> None:
        for cause, strength in self._graph.causes.get(component.id, ()):
            if cause in model.representative and (component.id, cause) not in model.cut:
                harmful = self._graph.components[cause]
                strength *= self._evidence.carried.get((component.id, cause), 1.0)
                strength = self._timing.strength(cause, component.id, strength)
                states = self._facets.struck(model, component, harmful)
                self._strike(model, (cause, component.id), states, strength)

    def _strike(
        self, model: CausalModel, ends: tuple[str, str], states: list[str], strength: float
    ) -> None:
        """Link a cause to the states that it harms.

        `strength` has the doubt about the relation in it, which is exact for one state: both ends
        marginalise. Several states share a doubt that counts: the relation gets a node of its own.
        """
        cause, sure = model.representative[ends[0]], self._graph.doubts.get((ends[1], ends[0]), 1.0)
        if len(states) > 1 and 0.0 < sure < parameters.DOUBT_BELOW:
            relation = bounded_id(f"{ends[0]}>{ends[1]}")
            model.link(cause, relation, sure)
            cause, strength = relation, min(strength / sure, 1.0)
        for state in states:
            model.link(cause, state, strength)

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
        node = model.representative[component.id]
        for alert_type in (t for t in types if t.alertname in fired):
            record = fired[alert_type.alertname]
            rates = (alert_type.detection, false_alarm_of(record, alert_type))
            watched = self._facets.watched(model, component, alert_type)
            model.add_channel(make_channel(watched, component.id, alert_type.alertname), rates)
        for alertname in self._catalogue.unknown(component.kind, fired):
            rates = (parameters.GENERIC_DETECTION, parameters.GENERIC_FALSE_ALARM)
            model.add_channel(make_channel(node, component.id, alertname), rates)
        for alert_type in self._catalogue.speaking_of_harm(component.kind):
            reason = self._listening.unknown_reason(component, alert_type)
            if alert_type.alertname not in fired and reason not in (None, Quiet.NO_RULE):
                model.quiet.append((component.id, alert_type.alertname, reason))
        self._silence(model, component)

    def _silence(self, model: CausalModel, component: Component) -> None:
        """Add one channel for each state: none of the rules that watch it spoke."""
        watching: dict[str, list[AlertType]] = {}
        for alert_type in self._hushed(component):
            state = self._facets.watched(model, component, alert_type)
            watching.setdefault(state, []).append(alert_type)
        for state, types in watching.items():
            calm = self._quiet.calm(types)
            names = tuple(t.alertname for t in types)
            channel = make_channel(state, component.id, "", silent=names)
            model.add_channel(channel, (1.0 - self._quiet.chance(types), 1.0 - calm))

    def _hushed(self, component: Component) -> list[AlertType]:
        """Remember: several modes and states of a component ask."""
        known = self._silent.get(component.id)
        if known is None:
            known = self._silent[component.id] = self._find_hushed(component)
        return known

    def _find_hushed(self, component: Component) -> list[AlertType]:
        """List the rules that speak of harm, could have spoken here, and did not."""
        fired = self._evidence.fired.get(component.id, {})
        return [
            t
            for t in self._catalogue.speaking_of_harm(component.kind)
            if t.alertname not in fired and self._listening.unknown_reason(component, t) is None
        ]
