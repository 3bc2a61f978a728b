"""The folded change of shift at the foot of the duty board."""

from __future__ import annotations

from typing import Final

import streamlit as st

from api.client import ApiClient
from graph.errors import EtiographError
from ui.chrome import Person
from ui.failures import label_of
from ui.format import Lang
from ui.said import Said
from ui.text import say
from ui.widgets import frame, handover

_SAID: Final = Said[str]("handover.said")


def draw(client: ApiClient, person: Person, zone: str, lang: Lang) -> None:
    """Draw what a successor must know, and the button to take over by name."""
    view = client.handover()
    with st.container(key="handover"), st.expander(handover.summary(view, lang)):
        st.html(handover.parts(view, zone, lang))
        said = _SAID.read()
        if said:
            st.html(frame.wrap(lang, say(lang, said)))
        if person.may_claim:
            st.button(
                say(lang, "handover.accept", name=person.name),
                key="take-over",
                on_click=_accept,
                args=(client,),
            )


def _accept(client: ApiClient) -> None:
    """Take over in a callback; the run that follows says that it is recorded."""
    try:
        client.accept_handover()
    except EtiographError as error:
        _SAID.say(label_of(error))
    else:
        _SAID.say("handover.accepted")
