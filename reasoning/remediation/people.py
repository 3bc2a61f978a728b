"""Who may do what to a remediation: roles, sessions, and one distinct person per demanded role."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from itertools import permutations
from typing import Final

from graph.errors import EtiographError
from graph.model.access import Principal, Role, Scope, User
from graph.model.diagnosis import Diagnosis
from graph.model.observation import Observation, Result
from graph.model.people import PEOPLE
from graph.model.remediation import Approval, Decision, Demand, Remediation
from graph.model.signals import AlertRecord, ChangeRecord
from reasoning import parameters
from reasoning.remediation.policy import APPROVING
from reasoning.remediation.refusals import conflict, not_allowed, roles_named, scope_named

OPERATING: Final = frozenset({Role.OPERATOR, *APPROVING})


def check_operator(principal: Principal, scope: Scope) -> None:
    """Let operators and leads through; a token needs the scope, a session does not.

    Raises: NotAllowedError `wrong_role`.
    """
    if not OPERATING & principal.roles or principal.source is not None:
        raise not_allowed(
            "wrong_role",
            zh="只有运维值班和主管可以这样做",
            en=f"{principal.name!r} is neither operator nor lead; ask one of them",
        )
    if principal.session_id is None and scope not in principal.scopes:
        raise not_allowed(
            "wrong_role",
            zh=f"这个令牌没有「{scope_named(scope).zh}」权限",
            en=f"this token lacks the scope {scope!r}; sign in, or take one that has it",
        )


def check_session(principal: Principal) -> None:
    """Let only a signed-in person through, never a token (safety rule 3).

    Raises: NotAllowedError `session_required`.
    """
    if principal.session_id is None:
        raise not_allowed(
            "session_required",
            zh="只能由登录的人在页面上做，令牌不行",
            en="only a signed-in person can do this, never a token; sign in at /api/login",
        )


def check_stranger(
    remediation: Remediation,
    principal: Principal,
    accusers: Set[str],
    editors: Set[str],
) -> None:
    """Refuse whoever asked for it, by request, by evidence entered on its targets, or by an edit.

    `accusers`: see `accusers_of` and `reporters_of`; `editors` have edited the targets' graph or
    SOPs within a day.

    Raises: NotAllowedError `own_request`.
    """
    if principal.name == remediation.requester:
        raise not_allowed(
            "own_request",
            zh="申请人不能同意自己的申请",
            en=f"{principal.name!r} requested {remediation.id!r} and cannot decide on it",
        )
    if principal.name in accusers:
        raise not_allowed(
            "own_request",
            zh="你录入过指向这个目标的证据，视同申请人，不能再同意",
            en=f"{principal.name!r} entered evidence against the target and counts as requester",
        )
    if principal.name in editors:
        raise not_allowed(
            "own_request",
            zh="你在 24 小时内改过这个目标的图谱或 SOP，视同申请人，不能再同意",
            en=f"{principal.name!r} edited the target's graph or SOP within 24 hours and counts as "
            "requester",
        )


def accusers_of(
    remediation: Remediation,
    observations: Iterable[Observation],
    changes: Iterable[ChangeRecord],
) -> frozenset[str]:
    """Name who entered by hand what accuses a target: an answer, or work that may have caused it.

    What a machine reported accuses in nobody's name.
    """
    said = {o.by for o in observations if _speaks_for(o, remediation)}
    targets = set(remediation.plan.target_ids)
    did = {
        record.change.actor
        for record in changes
        if record.change.source == PEOPLE and not targets.isdisjoint(record.component_ids)
    }
    return frozenset(name for name in said | did if name)


def reporters_of(
    remediation: Remediation, alerts: Iterable[AlertRecord], diagnosis: Diagnosis | None
) -> frozenset[str]:
    """Name who took a report of people that accuses a target (safety rule 11).

    It does where it names a target itself, or where the newest diagnosis holds it for decisive
    evidence for one: a factor of ten by itself.
    """
    targets = set(remediation.plan.target_ids)
    causes = () if diagnosis is None else diagnosis.hypotheses
    decisive = {
        weight.evidence_id
        for cause in causes
        if cause.component_id in targets
        for weight in cause.evidence_for
        if weight.log10_bayes_factor >= parameters.DECISIVE
    }
    return frozenset(
        record.alert.labels["taken_by"]
        for record in alerts
        if record.alert.source == PEOPLE
        and record.alert.labels.get("taken_by")
        and (record.component_id in targets or record.evidence_id in decisive)
    )


def _speaks_for(observation: Observation, remediation: Remediation) -> bool:
    """Evidence that accuses a target, entered by hand and not taken back (safety rule 11)."""
    component_id = observation.check_id.partition("@")[2]
    return (
        observation.retracted_at is None
        and observation.result is Result.POSITIVE
        and not observation.check_id.startswith("rule_out@")
        and component_id in remediation.plan.target_ids
    )


def open_roles(remediation: Remediation) -> tuple[Role, ...]:
    """List the demanded roles that nobody fills yet, in role order."""
    left = list(remediation.demand.roles)
    for approval in remediation.approvals:
        if approval.decision is Decision.APPROVE and approval.role in left:
            left.remove(approval.role)
    return tuple(left)


def check_role(
    remediation: Remediation, principal: Principal, wanted: Role | None
) -> tuple[Role, ...]:
    """List the demanded roles that a person holds, only the wanted one where one is wanted.

    Raises: NotAllowedError `wrong_role` for none.
    """
    demanded = remediation.demand.roles
    held = tuple(r for r in demanded if r in principal.roles and wanted in (None, r))
    if not held:
        named = roles_named([wanted] if wanted else demanded)
        raise not_allowed(
            "wrong_role",
            zh=f"需要的角色是{named.zh}，你没有",
            en=f"{principal.name!r} does not hold what is demanded here: {named.en}",
        )
    return held


def role_of(remediation: Remediation, principal: Principal, wanted: Role | None) -> Role:
    """Choose the role in which a person decides: the wanted one, or the first open one they hold.

    Raises: NotAllowedError `wrong_role`; ConflictError `same_person` or `role_filled`.
    """
    held = check_role(remediation, principal, wanted)
    if any(approval.user == principal.name for approval in remediation.approvals):
        raise conflict(
            "same_person",
            zh="你已经表态过了，每人只能占一个名额",
            en=f"{principal.name!r} has decided on {remediation.id!r} already; one entry each",
        )
    still_open = open_roles(remediation)
    free = [role for role in held if role in still_open]
    if not free:
        raise conflict(
            "role_filled",
            zh=f"已经有人以{roles_named(held).zh}的身份同意",
            en=f"somebody has agreed as {roles_named(held).en} already",
        )
    return free[0]


def standing(
    remediation: Remediation, users: Iterable[User], editors: Set[str] = frozenset()
) -> EtiographError | None:
    """Say which demanded approval does not stand: one person each, on this very digest.

    Whoever lost the role or the account since has not agreed any more, nor has any of `editors`.
    """
    roles = {user.name: user.roles for user in users if user.name not in editors}
    good = [a for a in remediation.approvals if _counts(a, remediation, roles.get(a.user, ()))]
    counted = remediation.model_copy(update={"approvals": tuple(good)})
    missing = open_roles(counted)
    if missing or len({approval.user for approval in good}) < len(good):
        named = roles_named(missing).en or "distinct people"
        return conflict(
            "not_approved",
            zh=f"还没有得到全部同意，还缺{roles_named(missing).zh if missing else '不同的人'}",
            en=f"{remediation.id!r} lacks the approval of {named}",
        )
    return None


def _counts(approval: Approval, remediation: Remediation, roles: Sequence[Role]) -> bool:
    return (
        approval.decision is Decision.APPROVE
        and approval.digest == remediation.digest
        and approval.user != remediation.requester
        and approval.role in roles
    )


def check_somebody_can(demand: Demand, users: Sequence[User], *, requester: str) -> None:
    """Refuse a request that nobody could approve: a role without holder, or too few people.

    Raises: ConflictError `nobody_can_approve` naming the roles.
    """
    others = [user for user in users if user.name != requester]
    holders = {role: [user.name for user in others if role in user.roles] for role in demand.roles}
    empty = [role for role, names in holders.items() if not names]
    if empty or not _distinct(demand.roles, holders):
        named = roles_named(empty or demand.roles)
        raise conflict(
            "nobody_can_approve",
            zh=f"没有足够的人能同意：{named.zh}；请管理员先授予角色",
            en=f"too few people other than {requester!r} hold {named.en}; have an admin grant it",
        )


def _distinct(roles: Sequence[Role], holders: dict[Role, list[str]]) -> bool:
    """Tell whether every role can have a person of its own; at most three roles are demanded."""
    names = sorted({name for role in roles for name in holders[role][: len(roles)]})
    return any(
        all(name in holders[role] for role, name in zip(roles, chosen, strict=True))
        for chosen in permutations(names, len(roles))
    )
