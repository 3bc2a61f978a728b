"""What is known of a component before the network: its rules' silence, and its modes' priors.

Components of one kind and site that nobody has said a word about are looked at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from graph.failure import FailureGraph
from graph.model.library import AlertType, Direction, FaultMode
from graph.model.pack import DomainPack
from graph.model.topology import Component
from reasoning.network.evidence import Catalogue, Evidence, Quiet
from reasoning.network.listening import Listening
from reasoning.network.priors import ModePrior, mode_priors, odds_times
from reasoning.network.silence import HEARTBEAT_LOST, Silence
from reasoning.network.timing import Timing

# A kind, its silent own rules, its silent other rules, and whether one of these has spoken: no more
# tells unchanged components apart.
_Silent = tuple[str, tuple[str, ...], tuple[str, ...], bool]


class Alike(NamedTuple):
    """What components of one kind and site have in common that nobody has said a word about.

    `born` is P(one of the modes of `priors`); `unheard` the rules that could not speak, `silences`
    by facet (None: all of its work) those that did not, with (detection, false alarm) of that.
    """

    priors: tuple[ModePrior, ...]
    born: float
    unheard: tuple[tuple[str, Quiet], ...]
    silences: tuple[tuple[str | None, tuple[str, ...], tuple[float, float]], ...]


@dataclass(frozen=True)
class Heard:
    """What was heard, and who could have been."""

    graph: FailureGraph
    catalogue: Catalogue
    evidence: Evidence
    listening: Listening


class Quietness:
    """Tells of each component what its silence says."""

    def __init__(
        self, pack: DomainPack, heard: Heard, timing: Timing, *, rates: Mapping[str, float]
    ) -> None:
        """Remember what was heard; `rates` replace base rates of modes."""
        self._heard = heard
        self._timing = timing
        self._quiet = Silence(heard.evidence.arrived)
        self._hushed: dict[str, list[AlertType]] = {}
        self._modes: dict[str, list[FaultMode]] = {}
        self._means = rates
        for mode in pack.library.modes:
            self._modes.setdefault(mode.kind, []).append(mode)
        evidence, self._views = heard.evidence, heard.graph.views
        self._changed = frozenset(c for record in evidence.changes for c in record.component_ids)
        self._priors: dict[_Silent, tuple[ModePrior, ...]] = {}
        looked_at = (o.component_id for o in evidence.observations)
        self._spoken_of = self._changed.union(evidence.fired, self._views, looked_at)
        self._alike: dict[tuple[str, str | None, bool, bool], Alike] = {}

    def alike_of(self, component: Component, *, split: bool) -> Alike | None:
        """Look once at what all like components have in common; None where this one has its own."""
        if component.id in self._spoken_of or not self._heard.listening.hears_alike:
            return None
        if component.kind == "region":  # its lost heartbeat may speak
            return None
        standby = bool(component.attributes.get("standby"))
        key = component.kind, component.site, standby, split
        known = self._alike.get(key)
        if known is None:
            known = self._alike[key] = self._find_alike(component, split=split)
        return known

    def _find_alike(self, component: Component, *, split: bool) -> Alike:
        priors = self._find_priors(component, [t for t, _ in self.own_signs(component)])
        harm = self._heard.catalogue.speaking_of_harm(component.kind)
        reasons = [(t.alertname, self._heard.listening.unknown_reason(component, t)) for t in harm]
        watching: dict[str | None, list[AlertType]] = {}
        for alert_type in self.hushed(component):
            watching.setdefault(alert_type.facet if split else None, []).append(alert_type)
        return Alike(
            priors,
            some_born(priors),
            tuple((n, r) for n, r in reasons if r is not None and r is not Quiet.NO_RULE),
            tuple(
                (facet, tuple(t.alertname for t in types), self.silence_rates(types))
                for facet, types in watching.items()
            ),
        )

    def own_signs(self, component: Component) -> list[tuple[AlertType, bool]]:
        """List the own alerts that spoke (True) or were silent (False); unknown ones are noted."""
        fired = self._heard.evidence.fired.get(component.id, {})
        signs: list[tuple[AlertType, bool]] = []
        for alert_type in self._heard.catalogue.types(component.kind, Direction.OWN):
            if alert_type.alertname in fired:
                signs.append((alert_type, True))
            elif alert_type.speaks_only:
                continue
            elif self._heard.listening.unknown_reason(component, alert_type) is None:
                signs.append((alert_type, False))
        if component.kind == "region":
            signs += self._lost_monitoring(component)
        return signs

    def _lost_monitoring(self, component: Component) -> list[tuple[AlertType, bool]]:
        """Read a region's lost heartbeat as an own sign of being cut off."""
        if component.site is None:
            return []
        lost = component.site in self._heard.listening.late
        known = lost or component.site in self._heard.listening.fresh
        return [(HEARTBEAT_LOST, lost)] if known else []

    def priors_of(self, component: Component, silent: list[AlertType]) -> tuple[ModePrior, ...]:
        """Remember: equal components without a change, where the same is silent, share theirs."""
        if component.id in self._changed or component.id in self._views:
            return self._find_priors(component, silent)
        hushed = tuple(t.alertname for t in self.hushed(component))
        spoke = self.spoke_of_harm(component)
        calm = component.kind, tuple(t.alertname for t in silent), hushed, spoke
        known = self._priors.get(calm)
        if known is None:
            known = self._priors[calm] = self._find_priors(component, silent)
        return known

    def _find_priors(self, component: Component, silent: list[AlertType]) -> tuple[ModePrior, ...]:
        """Take what was changed and what was silent into the modes' priors."""
        shown = component.id in self._views  # whose faults are those of what it shows
        modes = [] if shown else self._modes.get(component.kind, [])
        changed = component.id in self._changed
        sign = self._timing.first_sign(component.id) if changed else None
        priors = mode_priors(
            modes, component, self._heard.evidence, first_sign=sign, rates=self._means
        )
        priors = tuple(self._quiet.without(prior, silent) for prior in priors)
        return tuple(self._unheard(component, prior) for prior in priors)

    def _unheard(self, component: Component, prior: ModePrior) -> ModePrior:
        """Take the silence of dependant rules back from a mode that leaves nothing to speak.

        The common silence counts on D with P(silent | degraded); a mode that mutes makes its
        component degraded by itself, so dividing its odds by that probability is exact. Beside a
        rule that was heard that silence says little, and as little is taken back.
        """
        if not prior.mode.mutes:
            return prior
        types, spoken = self.hushed(component), self.spoke_of_harm(component)
        rules = [t for t in types if t.direction is Direction.OWN]
        counted = self._quiet.chance(types, spoken=spoken)
        factor = self._quiet.chance(rules, spoken=spoken) / counted
        return replace(prior, conditioned=odds_times(prior.conditioned, factor))

    def silence_rates(self, types: list[AlertType], *, spoken: bool = False) -> tuple[float, float]:
        """Return P(any of these is heard | degraded), P(any is heard | not)."""
        heard = self._quiet.chance(types, spoken=spoken)
        return 1.0 - heard, 1.0 - self._quiet.calm(types)

    def spoke_of_harm(self, component: Component) -> bool:
        """Tell whether some rule of the component has spoken of harm; people are no rule."""
        for alertname in self._heard.evidence.fired.get(component.id, ()):
            found = self._heard.catalogue.find(component.kind, alertname)
            if found is None or (found.direction is Direction.DEPENDANT and not found.speaks_only):
                return True
        return False

    def hushed(self, component: Component) -> list[AlertType]:
        """Remember: several modes and states of a component ask."""
        known = self._hushed.get(component.id)
        if known is None:
            known = self._hushed[component.id] = self._find_hushed(component)
        return known

    def _find_hushed(self, component: Component) -> list[AlertType]:
        """List the rules that speak of harm, could have spoken here, and did not."""
        fired = self._heard.evidence.fired.get(component.id, {})
        return [
            t
            for t in self._heard.catalogue.speaking_of_harm(component.kind)
            if t.alertname not in fired
            and self._heard.listening.unknown_reason(component, t) is None
        ]


def some_born(priors: tuple[ModePrior, ...]) -> float:
    """P(at least one of these modes), each by its conditioned prior."""
    miss = 1.0
    for prior in priors:
        miss *= 1.0 - prior.conditioned
    return 1.0 - miss
