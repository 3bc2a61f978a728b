"""How much each group of evidence, and each item that may be decisive, moves one cause."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from graph.model.base import Text
from graph.model.why import WeightOfGroup, WeightOfItem
from reasoning import parameters
from reasoning.answer.explain import Explainer
from reasoning.answer.grouping import Group, groups_of
from reasoning.answer.ranking import some
from reasoning.answer.unheard import Unheard, log10_odds, moved
from reasoning.engine.ratios import channel_ratios
from reasoning.network.priors import odds_times
from reasoning.network.reading import Reading


@dataclass(frozen=True)
class Weighing:
    """Weighs the evidence for one cause of one answer, a component or a cause outside."""

    cause: str
    reading: Reading
    explainer: Explainer
    unheard: Unheard

    def weights(
        self, posterior: float, prior: float
    ) -> tuple[tuple[WeightOfGroup, ...], tuple[WeightOfItem, ...]]:
        """Weigh the groups and items that first-order readings call strong; strongest first."""
        alone = self._alone()
        groups = self._strong_groups(alone)
        items = self._strong_items(alone)
        asked = {group.id: tuple(group.channels) for group in groups} | {i: (i,) for i in items}
        factors = self.unheard.factors(self.cause, asked)
        told = [self._group(group, factors[group.id], posterior) for group in groups]
        told += self._totals(posterior) + self._before(posterior, prior)
        told = [g for g in told if abs(g.log10_bayes_factor) >= _TOLD_FROM]
        decisive = [
            self._item(i, factors[i], posterior)
            for i in items
            if abs(factors[i]) >= parameters.DECISIVE
        ]
        return (
            tuple(sorted(told, key=lambda g: (-abs(g.log10_bayes_factor), g.group))),
            tuple(sorted(decisive, key=lambda i: (-abs(i.log10_bayes_factor), i.evidence_id))),
        )

    def _alone(self) -> Mapping[str, float]:
        """Return each channel's ratio for the cause, every other fault at its prior."""
        reading = self.reading
        key = reading.fault_key(self.cause)
        return channel_ratios(reading.compiled, [key], reading.observation)[key]

    def _strong_groups(self, alone: Mapping[str, float]) -> list[Group]:
        groups = groups_of(self.explainer.pack, self.explainer.graph, self.reading.model)
        power = {g: sum(abs(alone[c]) for c in group.channels) for g, group in groups.items()}
        strong = sorted(
            (g for g in groups if power[g] >= _WORTH_FROM), key=lambda g: (-power[g], g)
        )
        return [groups[g] for g in strong[: parameters.WEIGHED_GROUPS]]

    def _strong_items(self, alone: Mapping[str, float]) -> list[str]:
        """Choose the strongest channels of each side."""
        each = parameters.WEIGHED_ITEMS // 2
        found: list[str] = []
        for sign in (1.0, -1.0):
            side = [c for c, ratio in alone.items() if ratio * sign >= _WORTH_FROM]
            found += sorted(side, key=lambda c: (-abs(alone[c]), c))[:each]
        return found

    def _group(self, group: Group, factor: float, posterior: float) -> WeightOfGroup:
        meaning = self.reading.model.meaning
        facts = [self.explainer.fact(meaning[c])[0] for c in group.channels[:_SHOWN_IDS]]
        return WeightOfGroup(
            group=group.id,
            kind=group.kind,
            name=group.name,
            items=len(group.channels),
            evidence_ids=tuple(facts),
            log10_bayes_factor=round(factor, 6),
            posterior_without=moved(posterior, factor),
        )

    def _totals(self, posterior: float) -> list[WeightOfGroup]:
        """Weigh everything that spoke, and everything that was silent."""
        sides: dict[bool, list[str]] = {True: [], False: []}
        for channel_id, channel in sorted(self.reading.model.meaning.items()):
            if not channel.observed:
                sides[channel.active].append(channel_id)
        names = {True: ("all:spoke", _SPOKE), False: ("all:silent", _SILENT)}
        return [
            WeightOfGroup(
                group=names[side][0],
                kind="all",
                name=names[side][1],
                items=len(channels),
                evidence_ids=(),
                log10_bayes_factor=round(factor, 6),
                posterior_without=moved(posterior, factor),
            )
            for side, channels in sides.items()
            if channels
            for factor in (self.unheard.again(self.cause, channels),)
        ]

    def _before(self, posterior: float, prior: float) -> list[WeightOfGroup]:
        """Weigh what the network holds as priors: changes, and the cause's own silent alerts."""
        modes = self.reading.model.modes.get(self.cause, ())
        if not modes:
            return []
        unchanged = some(
            odds_times(p.conditioned, 10.0 ** -sum(w for _, w in p.changes)) for p in modes
        )
        changes = sorted({e for p in modes for e, _ in p.changes})
        changed = log10_odds(some(p.conditioned for p in modes)) - log10_odds(unchanged)
        silent = log10_odds(unchanged) - log10_odds(prior)
        return [
            _prior_group("changes", _CHANGED, changed, posterior, tuple(changes[:_SHOWN_IDS])),
            _prior_group("own", _OWN_SILENT, silent, posterior, (f"silent:{self.cause}",)),
        ]

    def _item(self, channel_id: str, factor: float, posterior: float) -> WeightOfItem:
        evidence_id, text = self.explainer.fact(self.reading.model.meaning[channel_id])
        return WeightOfItem(
            evidence_id=evidence_id,
            text=text,
            log10_bayes_factor=round(factor, 6),
            posterior_without=moved(posterior, factor),
        )


def _prior_group(
    group: str, name: Text, factor: float, posterior: float, evidence_ids: tuple[str, ...]
) -> WeightOfGroup:
    return WeightOfGroup(
        group=group,
        kind="prior",
        name=name,
        items=len(evidence_ids),
        evidence_ids=evidence_ids,
        log10_bayes_factor=round(factor, 6),
        posterior_without=moved(posterior, factor),
    )


_TOLD_FROM = 0.05
_WORTH_FROM = 0.05
_SHOWN_IDS = 8
_CHANGED = Text(zh="故障前的变更", en="changes before it began")
_OWN_SILENT = Text(
    zh="它自己的告警和变更记录都没有说到它",
    en="its own alerts and the change log say nothing of it",
)
_SPOKE = Text(zh="全部告警合起来", en="all alerts together")
_SILENT = Text(zh="全部该响未响合起来", en="all silence together")
