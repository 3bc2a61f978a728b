"""What a language model may see of this house: whom the redactor knows, and what is folded.

HOME/redaction.json names more: {"names": ["..."], "hosts": ["hospital.example"]}; people who have
no account, and domains whose machines are internal. Without a model in the settings nothing here
is asked for and nothing leaves the house.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field, StringConstraints, ValidationError

from api.settings import Settings
from graph.errors import StoreError
from graph.model.base import Model
from graph.model.knowledge import Sop
from graph.ports import Store

if TYPE_CHECKING:  # loaded at the first question, as the search is
    from retrieval.answering.conversation import Guide
    from retrieval.chat.selector import Selector
    from retrieval.redaction.redactor import Redactor

REDACTION_FILE: Final = "redaction.json"
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=100)]
Host = Annotated[str, StringConstraints(pattern=r"^(\*\.)?[A-Za-z0-9\-]+(\.[A-Za-z0-9\-]+)*$")]


class RedactionProfile(Model):
    """People and domains that are taken out beside those that the house itself knows."""

    names: tuple[Name, ...] = Field(default=(), max_length=10_000)
    hosts: tuple[Host, ...] = Field(default=(), max_length=1_000)


def read_redaction(path: Path) -> RedactionProfile:
    """Read the file; empty where there is none.

    Raises: StoreError naming file and place where it is faulty.
    """
    try:
        return RedactionProfile.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return RedactionProfile()
    except OSError as error:
        raise StoreError(f"{path}: cannot be read ({error})") from error
    except ValidationError as error:
        fault = error.errors(include_context=False, include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in fault["loc"])
        raise StoreError(f"{path}: {place}: {fault['msg']}; correct it") from error


def redactor_of(store: Store, home: Path) -> Redactor:
    """Make a redactor that knows every account (owners are accounts), and the file.

    Raises: StoreError for a faulty file.
    """
    from retrieval.redaction.redactor import Redactor

    more = read_redaction(home / REDACTION_FILE)
    people = {user.name for user in store.users()}
    return Redactor(names={*people, *more.names}, hosts=more.hosts)


class Guides:
    """The language model of the settings, and what it may see; safe for threads."""

    def __init__(self, settings: Settings, store: Store) -> None:
        """Read nothing yet; nothing is sent before a question."""
        self._settings: Final = settings
        self._store: Final = store

    @cached_property
    def _selector(self) -> Selector | None:
        url, model = self._settings.llm_base_url, self._settings.llm_model
        if url is None or model is None:
            return None
        from retrieval.answering.chat_models import open_model
        from retrieval.chat.selector import Selector

        chosen = open_model(url, model, self._settings.secret_of_llm())
        within_s = self._settings.llm_timeout_s
        return Selector(chosen, lambda: secrets.token_hex(16), within_s=within_s)

    def guide(self, told: Callable[[Sop], Sop]) -> Guide | None:
        """Make the guide of one question; `told` folds commands. None where no model is set.

        With a faulty HOME/redaction.json it has no redactor: then nothing may be sent.
        """
        selector = self._selector
        if selector is None:
            return None
        from retrieval.answering.conversation import Guide

        try:
            redactor = redactor_of(self._store, self._settings.home)
        except StoreError:  # the doctor says what is wrong with the file
            return Guide(selector, None, told)
        return Guide(selector, redactor, told)
