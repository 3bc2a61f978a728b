"""Build the causal model of one incident from the evidence subgraph."""

from __future__ import annotations

from graph.failure import FailureGraph, break_cycles
from graph.model.library import AlertType, Direction
from graph.model.pack import DomainPack
from graph.model.topology import Component
from reasoning import parameters
from reasoning.network.causal_model import CausalModel, bounded_id, drop_barren, make_channel
from reasoning.network.checked import Checked, add_results
from reasoning.network.coincidence import company
from reasoning.network.confirmed import learnt_rates
from reasoning.network.death import add_deaths
from reasoning.network.doubt import Doubt
from reasoning.network.evidence import Catalogue, Evidence, Quiet
from reasoning.network.facets import Facets
from reasoning.network.listening import Listening
from reasoning.network.measured import false_alarm_of
from reasoning.network.outside import Outside
from reasoning.network.priors import ModePrior
from reasoning.network.quietness import Alike, Heard, Quietness, some_born
from reasoning.network.severity import share_severity
from reasoning.network.silence import own_detection
from reasoning.network.starvation import Starvation
from reasoning.network.timing import Timing


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
        self._facets = Facets(catalogue)
        self._checked = Checked(pack.library, evidence)
        self._rates = learnt_rates(pack, evidence.outcomes)
        means = {mode_id: rate.mean for mode_id, rate in self._rates.items()}
        heard = Heard(graph, catalogue, evidence, self._listening)
        self._quietness = Quietness(pack, heard, self._timing, rates=means)

    def build(self, components: tuple[str, ...]) -> CausalModel:
        """Build the whole network over these components (in id order)."""
        graph = self._graph
        upstream = {c: graph.standing_on(c) for c in components}
        acyclic = break_cycles(components, upstream, knots=graph.knots)
        model = CausalModel(components, acyclic.representative, acyclic.cut)
        model.considered, model.rates = len(components), self._rates
        outside = Outside(self._pack, graph, self._catalogue, self._evidence)
        spoke = self._quietness.spoke_of_harm
        outside.add(model, self._facets, self._listening, spoke=spoke)
        for component_id in components:
            self._component(model, graph.components[component_id])
        add_deaths(model, graph, self._timing)
        Starvation(graph, self._catalogue, self._evidence, self._listening).add(model)
        share_severity(model, graph.components)
        Doubt(self._evidence, company(graph, self._evidence)).settle(model)
        drop_barren(model)
        return model

    def _component(self, model: CausalModel, component: Component) -> None:
        model.node(model.representative[component.id])
        self._facets.link(model, component)
        alike = self._quietness.alike_of(component, split=self._facets.split(model, component))
        if alike is None:
            self._born(model, component)
        else:
            self._born_alike(model, component, alike)
        self._dependencies(model, component)
        self._group(model, component.id)
        if alike is None:
            self._dependant_channels(model, component)
        else:
            self._channels_alike(model, component, alike)

    def _born_alike(self, model: CausalModel, component: Component, alike: Alike) -> None:
        model.modes[component.id] = alike.priors
        if alike.priors:
            born = f"{component.id}#born"
            model.link(born, self._facets.entry(model, component), 1.0)
            model.node(born)["prior"] = alike.born

    def _channels_alike(self, model: CausalModel, component: Component, alike: Alike) -> None:
        for alertname, reason in alike.unheard:
            model.quiet.append((component.id, alertname, reason))
        node = model.representative[component.id]
        for facet, names, rates in alike.silences:
            state = node if facet is None else f"{node}@{facet}"
            model.add_channel(make_channel(state, component.id, "", silent=names), rates)

    def _born(self, model: CausalModel, component: Component) -> None:
        """Add the faults that can be born here, and what tells them apart: own alerts, checks."""
        own = self._quietness.own_signs(component)
        priors = self._quietness.priors_of(component, [t for t, active in own if not active])
        model.modes[component.id] = priors
        if not priors:
            return
        active = [t for t, spoke in own if spoke]
        born = f"{component.id}#born"
        model.link(born, self._facets.entry(model, component), 1.0)
        self._checked.add_verdicts(model, component.id, born)
        results = self._checked.tested(component.id, (prior.mode for prior in priors))
        if not active and not results:
            model.node(born)["prior"] = some_born(priors)
            return
        model.jointly.add(component.id)
        for prior in priors:
            fault = f"{component.id}/{prior.mode.id}"
            model.node(fault)["prior"] = prior.conditioned
            model.link(fault, born, 1.0)
        for sign in active:
            self._own_channel(model, component.id, sign, priors)
        add_results(model, component.id, results)

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
        own, named, carried = component.id, model.representative, self._evidence.carried
        split = self._facets.split(model, component)
        timed = own in self._evidence.fired  # who is silent has no onset
        spoke = split and self._quietness.spoke_of_harm(component)
        for cause, strength in self._graph.causes.get(own, ()):
            if cause not in named or (own, cause) in model.cut:
                continue
            partly = spoke and self._is_partial(cause, own, strength)
            if carried:
                strength *= carried.get((own, cause), 1.0)
            if timed:
                strength = self._timing.strength(cause, own, strength)
            if split:
                by = self._graph.components[cause]
                states = self._facets.struck(model, component, by, partly=partly)
                self._strike(model, (cause, own), states, strength)
            else:
                model.link(named[cause], named[own], strength)

    def _is_partial(self, cause: str, own: str, strength: float) -> bool:
        """Tell whether a relation harms in part; `strength` has the doubt about it in it."""
        sure = self._graph.doubts.get((own, cause), 1.0)
        return strength < parameters.PARTIAL_BELOW * sure

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
        members = self._graph.members.get(component_id)
        if not members:
            return
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
        """Add one channel for each state: what its rules do not say, beside those that spoke."""
        spoken = self._spoken(model, component)
        watching: dict[str, list[AlertType]] = {}
        for alert_type in self._quietness.hushed(component):
            state = self._facets.watched(model, component, alert_type)
            watching.setdefault(state, []).append(alert_type)
        heard = {}
        for state, types in watching.items():
            names = tuple(t.alertname for t in types)
            channel = make_channel(state, component.id, "", silent=names)
            rates = self._quietness.silence_rates(types, spoken=state in spoken)
            model.add_channel(channel, rates)
            heard[state] = rates[0]
        silent = {state: rate for state, rate in heard.items() if state not in spoken}
        self._facets.strike_partly(model, component, silent)

    def _spoken(self, model: CausalModel, component: Component) -> set[str]:
        """Name the states of a component of which some rule has spoken; people are no rule."""
        states = set()
        for alertname in self._evidence.fired.get(component.id, ()):
            alert_type = self._catalogue.find(component.kind, alertname)
            if alert_type is None:
                states.add(model.representative[component.id])
            elif alert_type.direction is Direction.DEPENDANT and not alert_type.speaks_only:
                states.add(self._facets.watched(model, component, alert_type))
        return states
