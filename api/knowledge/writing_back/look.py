"""One person's look at one SOP: what became of its steps, what changed, what is to be looked at."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Final

from api.bootstrap import Assistant
from api.knowledge.documents.history import history_of
from api.knowledge.writing_back.since import Since
from api.knowledge.writing_back.uses import Use, UseLog
from api.packs.told_cases import told_cases
from api.schemas.sop_records import (
    NEW_DAYS,
    SopFlag,
    SopRecord,
    StepRecord,
    StepUseView,
)
from api.schemas.ticks import TickOutcome, newest_ticks
from graph.errors import NotFoundError
from graph.model.access import Principal
from graph.model.actions import ActionTemplate
from graph.model.base import Text, pack_of_id
from graph.model.document import SopVersion, VersionStatus
from graph.model.incident import IncidentState
from graph.model.knowledge import PastCase, Sop
from graph.model.pack import DomainPack, may_see_case

if TYPE_CHECKING:  # loaded at the first question
    from retrieval.ranking.disagreement import Disagreement, Said
    from retrieval.searching.search import KnowledgeSearch

_OVER: Final = frozenset({IncidentState.RESOLVED, IncidentState.CLOSED})
_FLAGS_SHOWN: Final = 5  # of a kind; the rest is counted
_IN_FORCE: Final = frozenset({VersionStatus.PUBLISHED})
StepPlace = tuple[str, int]


@dataclass(frozen=True)
class Shelf:
    """What is in force, read once for each state of the search.

    `failed` and `against`: by SOP, past cases whose fix failed and what contradicts it.
    """

    search: KnowledgeSearch
    sops: Mapping[str, Sop]
    versions: Mapping[str, SopVersion]
    failed: Mapping[str, tuple[PastCase, ...]]
    against: Mapping[str, tuple[Disagreement, ...]]


@dataclass
class Look:
    """One look at one SOP by one person; what was ticked in the incident `besides` counts not."""

    assistant: Assistant
    principal: Principal
    uses: UseLog
    shelf: Shelf
    sop: Sop
    besides: str | None = None
    _over: dict[str, bool] = field(default_factory=dict)

    def record(self, incident_id: str | None, now: datetime) -> SopRecord:
        """Gather everything."""
        version = self.shelf.versions.get(self.sop.id)
        steps = tuple(self._steps(now))
        worked = [step.worked for step in steps if step.worked is not None]
        told = Since(self.assistant, self.principal, self.sop, self._pack(), self.reviewed_at)
        changed, changes = told.changes(incident_id, now)
        return SopRecord(
            sop_id=self.sop.id,
            title=self.sop.title,
            reviewed_at=self.reviewed_at,
            reviewed_by=version.published_by if version else None,
            owner=version.drafted_by if version else None,
            worked=max(worked, key=lambda use: use.at, default=None),
            changed_since=changed,
            changes=changes,
            graph_changed_at=told.graph_changed_at(self.uses),
            steps=steps,
            flags=tuple(self.flags()),
            more=self.more,
        )

    @property
    def reviewed_at(self) -> datetime | None:
        """Tell when the whole SOP was last reviewed."""
        version = self.shelf.versions.get(self.sop.id)
        return version.published_at if version else _day(self.sop.revision)

    def flags(self) -> Iterator[SopFlag]:
        """Yield what speaks against the SOP: steps, then newest cases and other SOPs, five each."""
        yield from self._failed_steps()
        for case in self._failed_cases[-_FLAGS_SHOWN:]:
            text = Text(
                zh=f"案例「{case.title.zh}」里照做没有解决",
                en=f'followed in the case "{case.title.en}", and it did not help',
            )
            yield SopFlag(kind="case_failed", text=text, at=case.opened_at)
        yield from self._contradictions()

    @property
    def more(self) -> int:
        """Count the cases and contradictions that `flags` leaves out."""
        kinds = (self._failed_cases, self._against)
        return sum(max(0, len(found) - _FLAGS_SHOWN) for found in kinds)

    @cached_property
    def _failed_cases(self) -> list[PastCase]:
        """List past cases of after the review in which it did not help, oldest first."""
        reviewed = self.reviewed_at
        found = [
            case
            for case in self.shelf.failed.get(self.sop.id, ())
            if self._may_read(case) and (reviewed is None or case.opened_at > reviewed)
        ]
        return told_cases(self.assistant.store, found)

    @cached_property
    def _against(self) -> list[tuple[Said, Said]]:
        """Pair what it says with what an SOP that may be read says against it."""
        found = []
        for told in self.shelf.against.get(self.sop.id, ()):
            own = told.one.sop_id == self.sop.id
            mine, other = (told.one, told.other) if own else (told.other, told.one)
            against = self.shelf.sops[other.sop_id]
            if self.principal.may_see(site=against.site, visibility=against.visibility):
                found.append((mine, other))
        return found

    def _contradictions(self) -> Iterator[SopFlag]:
        """Yield what other SOPs say against it, commands folded."""
        from reasoning.remediation.commands import fold_text

        for mine, other in self._against[:_FLAGS_SHOWN]:
            against = self.shelf.sops[other.sop_id]
            here = fold_text(_text_of(self.sop, mine), self._actions(self.sop), mine.section)
            there = fold_text(_text_of(against, other), self._actions(against), other.section)
            name = other.sop_id.partition(":")[2].upper()
            yield SopFlag(
                kind="contradicts",
                text=Text(
                    zh=f"与 {name} 说法不一：「{here.zh}」对「{there.zh}」",
                    en=f'{name} says otherwise: "{here.en}" against "{there.en}"',
                ),
                section=mine.section,
                step=mine.step,
                other=other.sop_id,
            )

    def _failed_steps(self) -> Iterator[SopFlag]:
        reviewed = self._reviewed_steps
        for step, uses in self._used.items():
            since = reviewed.get(step)
            failed = [
                use
                for use in uses
                if use.outcome is TickOutcome.FAILED and (since is None or use.at > since)
            ]
            worked = self._newest_worked(uses)
            if failed and (worked is None or worked.at < failed[-1].at):
                newest = failed[-1]
                text = Text(zh=f"第 {step[1]} 步没做成", en=f"step {step[1]} could not be done")
                yield SopFlag.model_validate(
                    {
                        "kind": "step_failed",
                        "text": text,
                        "section": step[0],
                        "step": step[1],
                        "incident_id": newest.incident_id,
                        "at": newest.at,
                    }
                )

    @property
    def _used(self) -> dict[StepPlace, list[Use]]:
        """Give the uses of each step that stands in the SOP, oldest first, of visible incidents."""
        known = {(s.name.value, step.number) for s in self.sop.sections for step in s.steps}
        found: dict[StepPlace, list[Use]] = defaultdict(list)
        for use in self.uses.of(self.sop.id):
            if use.incident_id == self.besides:
                continue
            if use.place[1:] in known and self._is_over(use.incident_id) is not None:
                found[use.place[1:]].append(use)
        return found

    @property
    def _reviewed_steps(self) -> dict[StepPlace, datetime]:
        """Tell since when each step is in force as it stands."""
        steps = [(s.name.value, step.number) for s in self.sop.sections for step in s.steps]
        if self.sop.id not in self.shelf.versions:
            day = _day(self.sop.revision)
            return dict.fromkeys(steps, day) if day else {}
        found: dict[StepPlace, datetime] = {}
        for revision in history_of(self.assistant.store, self.principal, self.sop.id):
            if revision.published_at is not None:
                places = ((c.section.value, c.step) for c in revision.changed)
                found |= dict.fromkeys(places, revision.published_at)
        return {step: found[step] for step in steps if step in found}

    def _steps(self, now: datetime) -> Iterator[StepRecord]:
        reviewed, used = self._reviewed_steps, self._used
        for section in self.sop.sections:
            for step in section.steps:
                place = (section.name.value, step.number)
                uses = used.get(place, [])
                failed = [use for use in uses if use.outcome is TickOutcome.FAILED]
                since = reviewed.get(place)
                yield StepRecord(
                    section=section.name,
                    step=step.number,
                    reviewed_at=since,
                    fresh=since is not None and now - since <= timedelta(days=NEW_DAYS),
                    done=sum(use.outcome is TickOutcome.DONE for use in uses),
                    failures=len(failed),
                    skipped=sum(use.outcome is TickOutcome.SKIPPED for use in uses),
                    worked=self._view(self._newest_worked(uses)),
                    failed=self._view(failed[-1] if failed else None),
                )

    def _newest_worked(self, uses: list[Use]) -> Use | None:
        done = (use for use in reversed(uses) if use.outcome is TickOutcome.DONE)
        return next((use for use in done if self._is_over(use.incident_id)), None)

    def _is_over(self, incident_id: str) -> bool | None:
        """Tell whether an incident is over; None for one that the person may not see."""
        if incident_id not in self._over:
            try:
                found = self.assistant.store.incident(self.principal, incident_id)
            except NotFoundError:
                return None
            self._over[incident_id] = found.state in _OVER
        return self._over[incident_id]

    def _view(self, use: Use | None) -> StepUseView | None:
        if use is None:
            return None
        said = newest_ticks(self.assistant.store.ledger(use.incident_id)).get(use.place)
        reason = said.reason if said else ""
        return StepUseView(incident_id=use.incident_id, by=use.by, at=use.at, reason=reason)

    def _pack(self, held_id: str | None = None) -> DomainPack | None:
        """Give the pack that an id belongs to, or that of the SOP; None where it is not loaded."""
        name, store = pack_of_id(held_id or self.sop.id), self.assistant.store
        return store.pack(name) if name in {header.id for header in store.packs()} else None

    def _actions(self, sop: Sop) -> tuple[ActionTemplate, ...]:
        pack = self._pack(sop.id)
        return pack.actions if pack else ()

    def _may_read(self, case: PastCase) -> bool:
        pack = self._pack(case.component_id)
        owners = (c for c in pack.components if c.id == case.component_id) if pack else ()
        return may_see_case(self.principal, case, next(iter(owners), None))


def _text_of(sop: Sop, said: Said) -> Text:
    sections = (section for section in sop.sections if section.name is said.section)
    steps = (step for section in sections for step in section.steps)
    return next(step.text for step in steps if step.number == said.step)


def _day(revision: str) -> datetime | None:
    """Read the revision of a pack's SOP, which is a day; None for another one."""
    try:
        return datetime.combine(datetime.fromisoformat(revision).date(), time(), UTC)
    except ValueError:
        return None
