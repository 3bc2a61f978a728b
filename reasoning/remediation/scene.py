"""What a remediation is judged by: pack, diagnosis, and what its executor says right now."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from graph.errors import EtiographError, StoreError
from graph.failure import FailureGraph
from graph.model.access import Principal
from graph.model.diagnosis import Diagnosis
from graph.model.incident import Incident
from graph.model.pack import DomainPack
from graph.model.remediation import Demand, Plan, Remediation
from graph.model.topology import Scalar
from graph.ports import Store
from reasoning.ports import ActionRunner
from reasoning.remediation.arguments import Wish, check_wish
from reasoning.remediation.book import ENGINE
from reasoning.remediation.plan import Sight, build_plan
from reasoning.remediation.policy import Matter, demand_of
from reasoning.remediation.preconditions import Look
from reasoning.remediation.refusals import conflict
from reasoning.remediation.undo_plan import build_undo, steps_back


@dataclass(frozen=True)
class Scene:
    """One reading of everything: read before a transaction, as an executor may be slow."""

    pack: DomainPack
    graph: FailureGraph
    incident: Incident
    diagnosis: Diagnosis | None
    wish: Wish
    sight: Sight
    plan: Plan

    def demand(self, at: datetime) -> Demand:
        """Evaluate the policy at this instant."""
        return demand_of(
            Matter(
                pack=self.pack,
                graph=self.graph,
                template=self.wish.template,
                component_ids=self.wish.target_ids,
                receiver_ids=self.wish.receiver_ids,
                executor=self.sight.executor,
                diagnosis=self.diagnosis,
                at=at,
            )
        )

    def look(self) -> Look:
        """Give what the preconditions look at."""
        return Look(self.plan, self.graph, self.diagnosis, self.sight.states)


class Scenes:
    """Reads scenes; the failure graph of a pack is built once per revision. Safe for threads."""

    def __init__(self, store: Store, runners: Mapping[str, ActionRunner]) -> None:
        """Read from this store and these runners."""
        self._store: Final = store
        self.runners: Final = runners
        self._lock: Final = threading.Lock()
        self._graphs: dict[str, tuple[DomainPack, FailureGraph]] = {}

    def read(
        self,
        principal: Principal,
        incident_id: str,
        *,
        action_id: str,
        target_ids: tuple[str, ...],
        parameters: Mapping[str, Scalar],
    ) -> Scene:
        """Check what is wanted and read all that decides about it.

        Raises: NotFoundError for the incident; InputError; ConflictError `no_executor`.
        """
        incident = self._store.incident(principal, incident_id)
        pack = self._store.pack(incident.pack_id)
        wish = check_wish(
            pack, principal, action_id=action_id, target_ids=target_ids, parameters=parameters
        )
        sight = _sight(self.runner(wish.template.executor), wish)
        diagnosis = self._store.diagnosis(incident_id)
        plan = build_plan(pack, wish, sight=sight, diagnosis=diagnosis)
        graph = self.graph(pack)
        return Scene(pack, graph, incident, diagnosis, wish, sight, plan)

    def read_undo(self, principal: Principal, origin: Remediation) -> Scene:
        """Read all that decides about taking a remediation back, by the executor that ran it.

        Its action, targets and parameters are judged as those of the request were: the policy
        demands for the way back what it demands for the way there.

        Raises: NotFoundError for the incident; InputError; ConflictError.
        """
        incident = self._store.incident(principal, origin.incident_id)
        pack = self._store.pack(incident.pack_id)
        plan = origin.plan
        wish = check_wish(
            pack,
            principal,
            action_id=plan.action_id,
            target_ids=plan.target_ids,
            parameters=plan.parameters,
        )
        sight = _sight_back(self.runner(plan.executor.profile), origin, wish)
        diagnosis = self._store.diagnosis(origin.incident_id)
        back = build_undo(pack, wish, origin, sight=sight, diagnosis=diagnosis)
        return Scene(pack, self.graph(pack), incident, diagnosis, wish, sight, back)

    def now(self, found: Remediation) -> Scene | EtiographError:
        """Read a remediation's scene as it is now, or the error that says what is gone."""
        try:
            if found.undoes is not None:
                return self.read_undo(ENGINE, self._store.remediation(ENGINE, found.undoes))
            return self.read(
                ENGINE,
                found.incident_id,
                action_id=found.plan.action_id,
                target_ids=found.plan.target_ids,
                parameters=found.plan.parameters,
            )
        except StoreError:
            raise
        except EtiographError as error:
            return error

    def runner(self, profile: str) -> ActionRunner:
        """Find the runner of a profile.

        Raises: ConflictError `no_executor`.
        """
        if profile not in self.runners:
            raise conflict(
                "no_executor",
                zh=f"执行器 {profile} 没有配置",
                en=f"executor {profile!r} is not configured; add its profile or act otherwise",
            )
        return self.runners[profile]

    def graph(self, pack: DomainPack) -> FailureGraph:
        """Return the failure graph of a pack."""
        with self._lock:
            known = self._graphs.get(pack.id)
            if known is None or known[0] is not pack:
                known = (pack, FailureGraph(pack))
                self._graphs[pack.id] = known
            return known[1]


def _sight(runner: ActionRunner, wish: Wish) -> Sight:
    """Ask the executor for what it is, every state that matters, and what it would send."""
    concerned = dict.fromkeys((*wish.target_ids, *wish.receiver_ids))
    operation, parameters = wish.template.operation, wish.parameters
    return Sight(
        executor=runner.describe(),
        states={c: runner.read_state(c) for c in concerned},
        rendered={t: runner.render(operation, t, parameters) for t in wish.target_ids},
    )


def _sight_back(runner: ActionRunner, origin: Remediation, wish: Wish) -> Sight:
    """Ask the executor of a remediation what it is now, and how it would take each step back."""
    concerned = dict.fromkeys((*wish.target_ids, *wish.receiver_ids))
    back = steps_back(origin)
    return Sight(
        executor=runner.describe(),
        states={c: runner.read_state(c) for c in concerned},
        rendered={
            s.target_id: runner.render(s.operation, s.target_id, s.parameters, undoing=True)
            for s in back
        },
    )
