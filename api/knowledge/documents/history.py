"""The history of an SOP that came from documents, as every reader may see it."""

from __future__ import annotations

from collections.abc import Iterator

from api.schemas.documents import SopRevision, StepPlace
from graph.errors import NotFoundError
from graph.model.access import Principal
from graph.model.base import Text
from graph.model.document import SopVersion
from graph.model.knowledge import Sop, SopSectionName
from graph.ports import Store


def history_of(store: Store, principal: Principal, sop_id: str) -> tuple[SopRevision, ...]:
    """List the versions that were ever in force, oldest first, each with the steps it changed.

    Raises: NotFoundError where none was, or the principal may not read the newest.
    """
    published = [one for one in store.sop_versions(sop_id=sop_id) if one.published_at is not None]
    newest = published[-1].sop if published else None
    if newest is None or not principal.may_see(site=newest.site, visibility=newest.visibility):
        raise NotFoundError(f"no published document {sop_id!r}; search for it by its title")
    before = [None, *(one.sop for one in published)]
    return tuple(_revision(one, old) for one, old in zip(published, before, strict=False))


def _revision(found: SopVersion, before: Sop | None) -> SopRevision:
    return SopRevision(
        revision=found.revision,
        status=found.status,
        published_by=found.published_by,
        published_at=found.published_at,
        ended_at=found.ended_at,
        ended_why=found.ended_why,
        changed=tuple(_changed(found.sop, before)),
    )


def _changed(sop: Sop, before: Sop | None) -> Iterator[StepPlace]:
    """Yield the steps that did not stand so before; one that only moved within its section did."""
    stood: dict[SopSectionName, list[Text]] = {}
    for section in before.sections if before else ():
        stood[section.name] = [step.text for step in section.steps]
    for section in sop.sections:
        held = stood.get(section.name, [])
        for step in section.steps:
            if step.text not in held:
                yield StepPlace(section=section.name, step=step.number)
