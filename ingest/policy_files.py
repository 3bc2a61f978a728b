"""policies.yaml -> the rules of who must agree before an action runs, with loaded ids."""

from __future__ import annotations

from typing import Final

from graph.model.access import Role
from graph.model.actions import PolicyRule, Risk
from graph.model.library import FaultLibrary
from ingest.library_files import refuse_repeats
from ingest.pack_files import LocalId, Shape, Words
from ingest.yaml_source import Loc, SourceFile

APPROVING: Final = (Role.OPS_LEAD, Role.ACADEMIC_LEAD, Role.PLATFORM_OWNER)
AFFECTS: Final = ("credits", "exam")


class RuleShape(PolicyRule):
    """A rule as written; a condition that is left out holds always."""

    id: LocalId
    affects: tuple[Words, ...] = ()
    roles: tuple[Role, ...]
    source: Words


class PoliciesFile(Shape):
    """policies.yaml."""

    policies: tuple[RuleShape, ...]


def read_policies(
    source: SourceFile, library: FaultLibrary, *, pack_id: str
) -> tuple[PolicyRule, ...]:
    """Read and check the rules, in id order; each rule's roles in the order of `Role`.

    Raises: InputError naming file, line and key: repeated id, unknown kind, a rule that demands
        nobody or a role that can never approve, or half of an alternative.
    """
    rules = source.parse(PoliciesFile).policies
    refuse_repeats((rule.id for rule in rules), source, "policies", field="id")
    kinds = {kind.id for kind in library.kinds}
    for index, rule in enumerate(rules):
        at: Loc = ("policies", index)
        for kind in rule.kinds:
            if kind not in kinds:
                raise source.fault((*at, "kinds"), f"unknown kind {kind!r}; see kinds.yaml")
        _check_roles(rule, source, at)
        _check_affects(rule, source, at)
    return tuple(sorted((_rule(rule, pack_id) for rule in rules), key=lambda rule: rule.id))


def _check_roles(rule: RuleShape, source: SourceFile, at: Loc) -> None:
    wanted = ", ".join(APPROVING)
    if not rule.roles:
        raise source.fault((*at, "roles"), f"a rule demands somebody; name some of {wanted}")
    for number, role in enumerate(rule.roles):
        if role not in APPROVING:
            what = f"nobody can approve as {role.value!r}; take one of {wanted}"
            raise source.fault((*at, "roles", number), what)
    if len(set(rule.roles)) != len(rule.roles):
        raise source.fault((*at, "roles"), "names a role twice; one person fills one role")


def _check_affects(rule: RuleShape, source: SourceFile, at: Loc) -> None:
    for number, name in enumerate(rule.affects):
        if name not in AFFECTS:
            what = f"must be one of {', '.join(AFFECTS)}, is {name!r}"
            raise source.fault((*at, "affects", number), what)
    if rule.window_or_affects and not (rule.windows and rule.affects):
        what = "needs both `windows` and `affects`; one of them would always decide"
        raise source.fault((*at, "window_or_affects"), what)


def _rule(shape: RuleShape, pack_id: str) -> PolicyRule:
    kept = {name: getattr(shape, name) for name in PolicyRule.model_fields}
    loaded: dict[str, object] = {
        "id": f"{pack_id}:{shape.id}",
        "categories": tuple(sorted(set(shape.categories))),
        "risks": tuple(risk for risk in Risk if risk in shape.risks),
        "kinds": tuple(sorted(set(shape.kinds))),
        "affects": tuple(sorted(set(shape.affects))),
        "windows": tuple(sorted(set(shape.windows))),
        "roles": tuple(role for role in Role if role in shape.roles),
    }
    return PolicyRule.model_validate({**kept, **loaded})
