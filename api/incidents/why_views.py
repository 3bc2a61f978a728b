"""Why a cause, or why not: asked one after the other, and kept while the answer stands."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from typing import Final

from api.bootstrap import Assistant
from graph.errors import ConflictError, InputError, NotFoundError
from graph.failure import FailureGraph
from graph.model.access import Principal
from graph.model.diagnosis import Diagnosis, HypothesisKind
from graph.model.topology import Component
from graph.model.why import Ahead, Why

# The causes that are no component, and how people call them.
_OUTSIDE: Final = {
    "external": frozenset({"external", "external cause", "outside", "图外原因", "图外"}),
    "crowd": frozenset({"crowd", "crowd of the live event", "大型直播人流高峰", "人流高峰"}),
}
_KEPT: Final = 64
# A shorter part of a name means nobody in particular.
_LEAST_CHARS: Final = 3
_SUGGESTED: Final = 3
# So alike (difflib's ratio) is nearly the same name; comparing all takes seconds beyond so many.
_NEAR: Final = 0.7
_MOST_COMPARED: Final = 20_000
_Key = tuple[str, int, str]


class Whys:
    """The last accounts by incident, revision and cause; safe from several threads.

    One is computed at a time: each takes a dozen sums, and an alert must not wait for many.
    """

    def __init__(self) -> None:
        """Start empty."""
        self._kept: OrderedDict[_Key, Why] = OrderedDict()
        self._turn = threading.Lock()

    def why(
        self, assistant: Assistant, principal: Principal, incident_id: str, cause: str | None
    ) -> Why:
        """Say why a cause (see `named_cause`; None: what stands first) is it, or is not.

        Raises: NotFoundError for an incident or component that there is none of for this person,
            without a diagnosis, and for None where "no fault" stands first; InputError for a name
            of several; ConflictError where evidence moved on since the diagnosis.
        """
        incident = assistant.store.incident(principal, incident_id)
        diagnosis = assistant.store.diagnosis(incident.id)
        if diagnosis is None:
            raise NotFoundError(
                f"incident {incident_id!r} has no diagnosis yet; wait until the server has made one"
            )
        graph = assistant.diagnoser.analyst(incident.pack_id).graph
        wanted = _first(diagnosis) if cause is None else named_cause(graph, principal, cause)
        with self._turn:
            return self._explained(assistant, diagnosis, wanted, graph=graph)

    def ahead(
        self, assistant: Assistant, principal: Principal, incident_id: str, check_id: str
    ) -> Ahead:
        """Say what each answer to a check (`CHECK@COMPONENT`) would make of every hypothesis.

        Raises: as `why`; NotFoundError too for a check that nothing considered names, and
            ConflictError where the network is too wide to be asked.
        """
        from reasoning.answer.ahead import look_ahead

        incident = assistant.store.incident(principal, incident_id)
        graph = assistant.diagnoser.analyst(incident.pack_id).graph
        with self._turn:
            try:
                return look_ahead(assistant.store, incident.id, check_id, graph=graph)
            except InputError as error:
                raise ConflictError(
                    f"the network of incident {incident.id!r} is too wide to be asked ahead; do "
                    "the check"
                ) from error

    def _explained(
        self, assistant: Assistant, diagnosis: Diagnosis, cause: str, *, graph: FailureGraph
    ) -> Why:
        from reasoning.answer.why import explain_cause

        known = self._kept.pop((diagnosis.incident_id, diagnosis.revision, cause), None)
        if known is None:
            known = explain_cause(assistant.store, diagnosis.incident_id, cause, graph=graph)
        self._kept[known.incident_id, known.revision, cause] = known
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return known


def named_cause(graph: FailureGraph, principal: Principal, text: str) -> str:
    """Find the one component that a text calls by id, slug, alias or name, or `external`.

    What this person may not see counts as if there were none.

    Raises: NotFoundError for nobody; InputError where several are called so.
    """
    found = causes_called(graph, principal, text)
    if not found:
        raise _nobody(text, nearest(graph, principal, text))
    if len(found) > 1:
        raise _several(text, [graph.components[c] for c in found])
    return found[0]


def nearest(graph: FailureGraph, principal: Principal, text: str) -> tuple[Component, ...]:
    """List at most three components whose names are nearly this, the nearest first, ties by id.

    What this person may not see is nobody's neighbour; in huge graphs nobody is compared.
    """
    seen = [c for c in graph.components.values() if _may_see(principal, c)]
    if len(seen) > _MOST_COMPARED:
        return ()
    called = " ".join(text.casefold().split())
    owners: dict[str, list[str]] = {}
    for component in seen:
        for name in _names_of(component):
            owners.setdefault(name, []).append(component.id)
    names = get_close_matches(called, sorted(owners), n=_SUGGESTED * 2, cutoff=_NEAR)
    ids = dict.fromkeys(i for name in names for i in sorted(owners[name]))
    return tuple(graph.components[i] for i in [*ids][:_SUGGESTED])


def _nobody(text: str, near: Sequence[Component]) -> NotFoundError:
    """Say that nobody is called so, and who is nearly."""
    told = NotFoundError(f"no component {text!r}; GET /graph/search finds ids by name")
    zh = f"图里没有叫「{text}」的组件。"
    if near:
        ids = ", ".join(repr(c.id) for c in near)
        told = NotFoundError(f"no component {text!r}; nearest: {ids}")
        zh = f"图里没有叫「{text}」的组件，最接近的是：{_called_zh(near)}。"
    return told.told(zh=zh, code="component_unknown")


def _several(text: str, found: Sequence[Component]) -> InputError:
    shown = ", ".join(repr(c.id) for c in found[:_SUGGESTED])
    told = InputError(f"{len(found)} components are called {text!r}: {shown}; name one by its id")
    zh = f"有 {len(found)} 个组件叫「{text}」，例如：{_called_zh(found[:_SUGGESTED])}。请写编号。"
    return told.told(zh=zh, code="component_ambiguous")


def _called_zh(components: Sequence[Component]) -> str:
    return "、".join(f"{c.name.zh}（{c.id.partition(':')[2] or c.id}）" for c in components)


def causes_called(graph: FailureGraph, principal: Principal, text: str) -> tuple[str, ...]:
    """List whom a text may mean, in id order: by id, else by a whole name, else by part of one."""
    called = " ".join(text.casefold().split())
    outside = tuple(cause for cause, names in _OUTSIDE.items() if called in names)
    if outside:
        return outside
    seen = [c for c in graph.components.values() if _may_see(principal, c)]
    ways: tuple[Callable[[Component], bool], ...] = (
        lambda c: c.id == called,
        lambda c: called in _names_of(c),
        lambda c: len(called) >= _LEAST_CHARS and any(called in n for n in _spoken(c)),
    )
    found = (tuple(sorted(c.id for c in seen if way(c))) for way in ways)
    return next((ids for ids in found if ids), ())


def _may_see(principal: Principal, component: Component) -> bool:
    return principal.may_see(site=component.site, visibility=component.visibility)


def _names_of(component: Component) -> set[str]:
    slug = component.id.partition(":")[2]
    names = {" ".join(name.casefold().split()) for name in (slug, *component.aliases) if name}
    return names | _spoken(component)


def _spoken(component: Component) -> set[str]:
    names = (component.name.zh, component.name.en)
    return {" ".join(name.casefold().split()) for name in names}


def _first(diagnosis: Diagnosis) -> str:
    top = diagnosis.hypotheses[0]
    if top.kind is HypothesisKind.HEALTHY:
        raise NotFoundError(
            f"no fault stands first in incident {diagnosis.incident_id!r}; name a component to "
            "hear why it is not the cause"
        )
    return top.component_id or top.kind.value
