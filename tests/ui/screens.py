"""The screens alone, as a server of their own: the API is wherever SCREENS_API says.

Run by uvicorn as `tests.ui.screens:app`.
"""

from __future__ import annotations

import os
from pathlib import Path

import streamlit as st

import ui.app

app = st.App(
    Path(ui.app.__file__),
    secrets={"etiograph": {"base_url": os.environ["SCREENS_API"], "lang": "zh"}},
)
