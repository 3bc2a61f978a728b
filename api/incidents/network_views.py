"""What the network behind a diagnosis looks like over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.calls.network import NetworkView, ShownCauseView
from graph.ports import Store

if TYPE_CHECKING:  # reasoning is loaded at the first diagnosis
    from reasoning.public_form.shown_network import ShownCause


def view_network(store: Store, incident_id: str) -> NetworkView:
    """Show the network of an incident's newest diagnosis.

    Raises: NotFoundError without incident or diagnosis; ConflictError where evidence moved on.
    """
    from reasoning.public_form.shown_network import shown_network

    found = shown_network(store, incident_id)
    return NetworkView(
        incident_id=found.incident_id,
        revision=found.revision,
        problem=found.document,
        active=found.active,
        shown=tuple(_cause(cause) for cause in found.shown),
    )


def _cause(cause: ShownCause) -> ShownCauseView:
    return ShownCauseView(answers=cause.answers, about=cause.about, posterior=cause.posterior)
