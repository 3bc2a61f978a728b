"""What travels over HTTP about the catalogue: actions and rules with a name for every id."""

from __future__ import annotations

from pydantic import ConfigDict

from graph.model.actions import ActionTemplate, PolicyRule
from graph.model.base import Id, Model, Text


class ActionView(ActionTemplate):
    """An action of a pack's catalogue; the names are those of its kinds and fault modes."""

    model_config = ConfigDict(extra="ignore")

    pack_id: Id
    kind_names: dict[str, Text]
    mode_names: dict[str, Text]


class RuleView(PolicyRule):
    """A rule of a pack: who must agree, and why."""

    model_config = ConfigDict(extra="ignore")

    pack_id: Id
    kind_names: dict[str, Text]


class ActionWords(Model):
    """What a proposed action does to whom, what if nothing is done, and its undo: filled texts."""

    model_config = ConfigDict(extra="ignore")

    effects: Text
    if_nothing: Text
    undo_text: Text
