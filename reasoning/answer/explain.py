"""Why: each item's own weight for a cause, what was not seen, and the way the failure took."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from pydantic import JsonValue

from graph.failure import FailureGraph
from graph.model.base import Text
from graph.model.diagnosis import EvidenceWeight, Unobserved
from graph.model.observation import RULE_OUT, Observation
from graph.model.pack import DomainPack
from graph.model.topology import Component
from reasoning import parameters
from reasoning.answer import words
from reasoning.engine.ratios import channel_ratios
from reasoning.network.causal_model import EXTERNAL, Channel
from reasoning.network.evidence import Catalogue, Evidence
from reasoning.network.reading import Reading

_TOLD_FROM = 0.01


@dataclass(frozen=True)
class Weights:
    """Evidence for and against one cause, strongest first, ties by evidence id."""

    supporting: tuple[EvidenceWeight, ...]
    opposing: tuple[EvidenceWeight, ...]


@dataclass(frozen=True)
class Explainer:
    """Turns channels of the network into sentences of the graph."""

    pack: DomainPack
    graph: FailureGraph
    catalogue: Catalogue
    evidence: Evidence
    reading: Reading

    def weigh(self, component_ids: Sequence[str]) -> Mapping[str, Weights]:
        """Weigh every item for each component, and for each cause outside by its id.

        Source: the item's own message ratio, log10 P(item | cause) / P(item | not), every other
        fault at its prior; items of one storm are redundant, so the weights do not add up.
        """
        keys = {c: self.reading.fault_key(c) for c in (*component_ids, *self.reading.model.outside)}
        ratios = channel_ratios(
            self.reading.compiled, list(keys.values()), self.reading.observation
        )
        # Each channel is named once, not for each cause.
        named = {
            i: (self._evidence_id(channel), channel)
            for i, channel in self.reading.model.meaning.items()
            if not channel.observed
        }
        return {c: self._weights(c, ratios[key], named) for c, key in keys.items()}

    def _weights(
        self,
        component_id: str,
        ratios: Mapping[str, float],
        named: Mapping[str, tuple[str, Channel]],
    ) -> Weights:
        faintest = _TOLD_FROM / 2
        telling = [
            (named[i][0], round(ratio, 6), named[i][1])
            for i, ratio in ratios.items()
            if (ratio >= faintest or ratio <= -faintest) and i in named
        ]
        changes = self._changes(component_id)
        entered = self._observed(component_id)
        return Weights(
            *(
                _strongest((*self._leading(telling, sign), *changes), entered, sign=sign)
                for sign in (1, -1)
            )
        )

    def _leading(
        self, telling: Iterable[tuple[str, float, Channel]], sign: int
    ) -> list[EvidenceWeight]:
        """Put the strongest items of one side into words; there are many more than are shown."""
        side = [item for item in telling if item[1] * sign > 0.0]
        found = heapq.nsmallest(
            parameters.SHOWN_EVIDENCE, side, key=lambda item: (-abs(item[1]), item[0])
        )
        return [self._item(channel, evidence_id, ratio) for evidence_id, ratio, channel in found]

    def _evidence_id(self, channel: Channel) -> str:
        if channel.component_id == EXTERNAL:
            return "silent:edge"
        record = self.evidence.fired.get(channel.component_id, {}).get(channel.alertname)
        return record.evidence_id if record else _silence_id(channel)

    def fact(self, channel: Channel) -> tuple[str, Text]:
        """Return evidence id and sentence of a channel, be it spoken, silent or entered."""
        if channel.observed:
            entered = {o.evidence_id: o for o in self.evidence.observations}
            return channel.observed, self._told(entered[channel.observed])
        evidence_id = self._evidence_id(channel)
        return evidence_id, self._item(channel, evidence_id, 0.0).text

    def _item(self, channel: Channel, evidence_id: str, ratio: float) -> EvidenceWeight:
        if channel.component_id == EXTERNAL:
            text = words.CALM_EDGE
        else:
            component = self.graph.components[channel.component_id]
            kind = self.catalogue.find(component.kind, channel.alertname)
            if channel.active:
                text = words.alert_text(component, kind, channel.alertname)
            else:
                text = words.silence_text(component, self._rules(component, channel))
        return EvidenceWeight(evidence_id=evidence_id, text=text, log10_bayes_factor=ratio)

    def _rules(self, component: Component, channel: Channel) -> tuple[Text, ...]:
        """Name the silent rules beside others that spoke, or of one facet.

        All rules of a component that said nothing go without saying.
        """
        spoke = bool(self.evidence.fired.get(channel.component_id))
        names = channel.silent if channel.facet or spoke else ()
        found = (self.catalogue.find(component.kind, name) for name in names)
        return tuple(alert_type.name for alert_type in found if alert_type)

    def _changes(self, component_id: str) -> list[EvidenceWeight]:
        """List the changes that raised this component's own prior."""
        raised = {
            evidence_id: weight
            for prior in self.reading.model.modes.get(component_id, ())
            for evidence_id, weight in prior.changes
        }
        return [
            EvidenceWeight(
                evidence_id=record.evidence_id,
                text=words.change_text(
                    self.graph.components[component_id],
                    record.change.kind,
                    self._clock(record.change.at),
                ),
                log10_bayes_factor=round(raised[record.evidence_id], 6),
            )
            for record in self.evidence.changes
            if record.evidence_id in raised
        ]

    def _observed(self, component_id: str) -> list[EvidenceWeight]:
        """List what people entered for this component, each with its ratio for what it tests."""
        entered = {o.evidence_id: o for o in self.evidence.observations}
        return [
            EvidenceWeight(
                evidence_id=channel.observed,
                text=self._told(entered[channel.observed]),
                log10_bayes_factor=round(channel.told, 6),
            )
            for _, channel in sorted(self.reading.model.meaning.items())
            if channel.observed and channel.component_id == component_id
        ]

    def _told(self, observation: Observation) -> Text:
        checks = {check.id: check for check in self.pack.library.checks}
        return words.observed_text(
            self.graph.components[observation.component_id],
            checks.get(observation.check),
            observation,
            self._clock(observation.at),
        )

    def ruled_out(self) -> tuple[JsonValue, ...]:
        """List what people ruled out, in order of entry; it stays a hypothesis all the same."""
        return tuple(
            {
                "component_id": o.component_id,
                "fault_mode_id": None,
                "text": self._told(o).model_dump(mode="json"),
                "by": "person",
                "evidence_id": o.evidence_id,
            }
            for o in self.evidence.observations
            if o.check == RULE_OUT and o.component_id in self.graph.components
        )

    def _clock(self, at: datetime) -> str:
        return f"{at.astimezone(ZoneInfo(self.pack.calendar.timezone)):%H:%M}"

    def unobserved(self) -> tuple[Unobserved, ...]:
        """List what nobody can tell: expired answers, lost monitoring, then by id."""
        quiet = sorted(
            self.reading.model.quiet,
            key=lambda q: (q[2] != "monitoring_lost", q[2], q[0], q[1]),
        )
        shown = quiet[: parameters.SHOWN_UNOBSERVED]
        return self._expired() + tuple(
            Unobserved(
                channel_id=f"{component_id}/{alertname}",
                component_id=component_id,
                text=words.unseen_text(
                    component := self.graph.components[component_id],
                    self.catalogue.find(component.kind, alertname),
                    alertname,
                ),
                reason=words.quiet_text(reason),
            )
            for component_id, alertname, reason in shown
        )

    def _expired(self) -> tuple[Unobserved, ...]:
        """List the answers whose time has passed, in order of entry."""
        checks = {check.id: check for check in self.pack.library.checks}
        return tuple(
            Unobserved(
                channel_id=o.check_id,
                component_id=o.component_id,
                text=words.check_text(checks[o.check], self.graph.components[o.component_id]),
                reason=words.expired_text(self._clock(o.expires_at)),
            )
            for o in self.evidence.expired
            if o.expires_at and o.check in checks and o.component_id in self.graph.components
        )

    def path(self, component_id: str, targets: Iterable[str]) -> tuple[str, ...]:
        """Walk the likeliest way from a cause to the nearest target, both included.

        Weight of a way = product of strength times P(next degraded); ties by id. Without a
        target in reach the path is the cause alone.
        """
        wanted = set(targets) - {component_id}
        heap: list[tuple[float, tuple[str, ...]]] = [(0.0, (component_id,))]
        done: set[str] = set()
        while heap:
            cost, way = heapq.heappop(heap)
            if way[-1] in wanted:
                return way
            if way[-1] in done:
                continue
            done.add(way[-1])
            for effect, strength in self.graph.effects.get(way[-1], ()):
                weight = strength * self.reading.degraded(effect)
                if effect not in done and weight > 0.0:
                    heapq.heappush(heap, (cost - math.log(weight), (*way, effect)))
        return (component_id,)


def _silence_id(channel: Channel) -> str:
    """Tell the silences of a component's facets apart."""
    return f"silent:{channel.component_id}" + (f"@{channel.facet}" if channel.facet else "")


def _strongest(
    items: Iterable[EvidenceWeight], entered: Iterable[EvidenceWeight], *, sign: int
) -> tuple[EvidenceWeight, ...]:
    """Cut one side to the strongest, and keep what people entered on it whatever its weight."""
    told = [i for i in items if i.log10_bayes_factor * sign >= _TOLD_FROM]
    kept = sorted(told, key=_by_weight)[: parameters.SHOWN_EVIDENCE]
    kept += [item for item in entered if item.log10_bayes_factor * sign > 0.0]
    return tuple(sorted(kept, key=_by_weight))


def _by_weight(item: EvidenceWeight) -> tuple[float, str]:
    return -abs(item.log10_bayes_factor), item.evidence_id
