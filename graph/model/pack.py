"""A domain pack: everything one platform brings along."""

from __future__ import annotations

from typing import Final

from pydantic import Field

from graph.model.access import Principal
from graph.model.actions import ActionTemplate, PolicyRule
from graph.model.base import Id, Model, Text
from graph.model.knowledge import PastCase, Sop
from graph.model.library import FaultLibrary
from graph.model.topology import BusinessFlow, Calendar, Component, RegionProfile, Relation

_WEEK_S = 604_800
ANY_RULE: Final = "*"


class AbsentRule(Model):
    """A rule of the library that is not loaded here, so that its silence says nothing.

    `alertname` is the library's, or `*` for all of them. Without `kinds`, `sites` and `components`
    it is loaded nowhere; each of them that is given narrows where it is missing.
    """

    alertname: str
    kinds: tuple[Id, ...] = ()
    sites: tuple[Id, ...] = ()
    components: tuple[Id, ...] = ()

    def covers(self, component: Component) -> bool:
        """Tell whether it is this component for which the rule is not loaded."""
        return (
            (not self.kinds or component.kind in self.kinds)
            and (not self.sites or component.site in self.sites)
            and (not self.components or component.id in self.components)
        )


class PackSettings(Model):
    """Numbers of intake and incident life; the defaults are argued in docs/architecture.md."""

    watching_after_s: int = Field(default=600, ge=0, le=_WEEK_S)
    adopt_within_s: int = Field(default=3600, ge=0, le=_WEEK_S)
    heartbeat_late_s: int = Field(default=300, ge=0, le=_WEEK_S)
    group_wait_s: int = Field(default=30, ge=0, le=_WEEK_S)
    group_interval_s: int = Field(default=300, ge=0, le=_WEEK_S)
    absent_rules: tuple[AbsentRule, ...] = ()


class DomainPack(Model):
    """A whole pack with namespaced ids; every tuple is in id order, relations by their key."""

    id: Id
    title: Text
    source: str
    components: tuple[Component, ...]
    relations: tuple[Relation, ...]
    flows: tuple[BusinessFlow, ...]
    regions: tuple[RegionProfile, ...] = ()
    calendar: Calendar
    library: FaultLibrary
    sops: tuple[Sop, ...] = ()
    cases: tuple[PastCase, ...] = ()
    actions: tuple[ActionTemplate, ...] = ()
    policies: tuple[PolicyRule, ...] = ()
    settings: PackSettings = Field(default_factory=PackSettings)


class LoadCounts(Model):
    """What a load changed; all zero when the pack was already there, byte for byte."""

    added: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0


def may_see_case(principal: Principal, case: PastCase, owner: Component | None) -> bool:
    """Tell whether a past case may be read: it, and the component that it names, may be seen.

    `owner` None: the graph lost the component, and the case stands for itself.
    """
    return principal.may_see(site=case.site, visibility=case.visibility) and (
        owner is None or principal.may_see(site=owner.site, visibility=owner.visibility)
    )
