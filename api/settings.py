"""The one configuration: environment variables with the prefix ETIOGRAPH_, read only in api/."""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from graph.errors import Detail, InputError

# The folder that `make run` serves, so that a command finds the server with no variable set.
_CHECKOUT: Final = Path(__file__).resolve().parents[1]
_ENDPOINT: Final = re.compile(r"https?://[A-Za-z0-9.\-\[\]:]+(?:/[A-Za-z0-9._~/\-]*)?")


class Settings(BaseSettings):
    """Where the data lie, where to serve, which store, which language, how often to be refused."""

    model_config = SettingsConfigDict(
        env_prefix="ETIOGRAPH_", frozen=True, extra="ignore", env_ignore_empty=True
    )

    home: Path = _CHECKOUT / ".etiograph"
    host: str = "127.0.0.1"
    port: int = Field(default=8501, ge=1, le=65535)
    store: Literal["embedded", "neo4j"] = "embedded"
    neo4j_uri: str | None = Field(default=None, validate_default=True)
    neo4j_user: str = "neo4j"
    neo4j_password: SecretStr | None = None
    neo4j_password_file: Path | None = None
    neo4j_database: str = "neo4j"
    # The model of meaning: use-multilingual, sentence-transformers:PATH, or none.
    embedder: str = Field(
        default="use-multilingual", pattern=r"^(use-multilingual|none|sentence-transformers:.+)$"
    )
    # A language model for the chat: none unless both are set, and then nothing is sent anywhere.
    llm_model: str | None = Field(default=None, min_length=1, max_length=200)
    llm_base_url: str | None = Field(default=None, validate_default=True)
    llm_api_key: SecretStr | None = None
    llm_api_key_file: Path | None = None
    # The longest that a question waits for it, all tries together.
    llm_timeout_s: float = Field(default=20.0, ge=2.0, le=60.0)
    lang: Literal["zh", "en"] = "zh"
    # A person who reads the answers is refused a few times in a minute, not more.
    refusals_per_minute: int = Field(default=12, ge=1)
    # Of SOP steps ticked, drafts saved, wishes and revealed commands, for each session.
    writes_per_minute: int = Field(default=60, ge=1)

    @field_validator("home")
    @classmethod
    def _absolute(cls, home: Path) -> Path:
        return home.expanduser().absolute()

    @field_validator("host")
    @classmethod
    def _loopback(cls, host: str) -> str:
        if not is_loopback(host):
            raise ValueError(
                "must be a loopback address (127.0.0.1, ::1 or localhost): passwords and alerts "
                "would cross the network in the clear; put a TLS proxy in front of it"
            )
        return host

    @field_validator("neo4j_uri")
    @classmethod
    def _needed(cls, uri: str | None, known: ValidationInfo) -> str | None:
        if known.data.get("store") == "neo4j" and uri is None:
            raise ValueError(
                "is needed by ETIOGRAPH_STORE=neo4j: the address of the server, such as "
                "bolt://127.0.0.1:7687"
            )
        return uri

    @field_validator("llm_api_key_file")
    @classmethod
    def _readable(cls, path: Path | None) -> Path | None:
        """Say at the start, not at the first question, that a key cannot be read."""
        if path is not None and not path.expanduser().is_file():
            # Not what it says: it may be the key itself, put into the wrong variable.
            raise ValueError("names no file; write the key into a file and give its path")
        return path.expanduser() if path is not None else None

    @field_validator("llm_base_url")
    @classmethod
    def _plain_endpoint(cls, url: str | None, known: ValidationInfo) -> str | None:
        """Take an address without a secret in it; one of the two alone is a slip."""
        if (url is None) != (known.data.get("llm_model") is None):
            raise ValueError("and ETIOGRAPH_LLM_MODEL go together: set both, or neither")
        if url is not None and not (_ENDPOINT.fullmatch(url) and _has_a_host(url)):
            raise ValueError(
                "must be an http or https address without user, password or query, such as "
                "http://127.0.0.1:11434/v1"
            )
        return url

    def secret_of_neo4j(self) -> str:
        """Give the password of the Neo4j user, from its variable or its file; "" for none.

        Raises: InputError for a file that cannot be read.
        """
        place = "ETIOGRAPH_NEO4J_PASSWORD_FILE"
        return _secret(self.neo4j_password, self.neo4j_password_file, place)

    def secret_of_llm(self) -> str:
        """Give the key of the language model's endpoint, from variable or file; "" for none.

        Raises: InputError for a file that cannot be read.
        """
        return _secret(self.llm_api_key, self.llm_api_key_file, "ETIOGRAPH_LLM_API_KEY_FILE")

    @property
    def url(self) -> str:
        """Where people and programs find the server."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"


def _secret(value: SecretStr | None, path: Path | None, place: str) -> str:
    """Give a secret of its variable, else of its file."""
    if value is not None:
        return value.get_secret_value()
    if path is None:
        return ""
    try:
        return path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        fault = f"{str(path)!r} cannot be read; write the secret into it"
        raise InputError(f"{place}: {fault}", [Detail(place, fault)]) from error


def _has_a_host(url: str) -> bool:
    """Tell whether host and port of an address can be asked for at all."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").encode("idna")
        return bool(host) and parts.port != 0
    except ValueError:
        return False


def is_loopback(host: str) -> bool:
    """Tell whether a host name or address stays on this machine.

    >>> is_loopback("localhost"), is_loopback("::1"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def read_settings() -> Settings:
    """Read the environment.

    Raises: InputError naming each faulty variable.
    """
    try:
        return Settings()
    except ValidationError as error:
        faults = [
            Detail(
                "ETIOGRAPH_" + "_".join(str(part) for part in fault["loc"]).upper(),
                fault["msg"].removeprefix("Value error, "),
            )
            for fault in error.errors()
        ]
        raise InputError("; ".join(f"{f.pointer}: {f.detail}" for f in faults), faults) from error
