"""Which way to a language model: LangChain where it is installed, else our own few lines."""

from __future__ import annotations

from retrieval.chat.endpoint import EndpointModel
from retrieval.chat.port import ChatModel


def open_model(base_url: str, model: str, key: str) -> ChatModel:
    """Make a model of an OpenAI-compatible endpoint; nothing is sent, nothing heavy is loaded."""
    from retrieval.langchain.chat import LangChainModel, is_installed

    kind = LangChainModel if is_installed() else EndpointModel
    return kind(base_url, model, key)
