"""The one configuration: environment variables with the prefix ETIOGRAPH_, read only in api/."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Final, Literal

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from graph.errors import Detail, InputError

# The folder that `make run` serves, so that a command finds the server with no variable set.
_CHECKOUT: Final = Path(__file__).resolve().parents[1]


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
    lang: Literal["zh", "en"] = "zh"
    # A person who reads the answers is refused a few times in a minute, not more.
    refusals_per_minute: int = Field(default=12, ge=1)

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

    def secret_of_neo4j(self) -> str:
        """Give the password of the Neo4j user, from its variable or its file; "" for none.

        Raises: InputError for a file that cannot be read.
        """
        if self.neo4j_password is not None:
            return self.neo4j_password.get_secret_value()
        if self.neo4j_password_file is None:
            return ""
        try:
            return self.neo4j_password_file.read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            fault = f"{str(self.neo4j_password_file)!r} cannot be read; write the password into it"
            place = "ETIOGRAPH_NEO4J_PASSWORD_FILE"
            raise InputError(f"{place}: {fault}", [Detail(place, fault)]) from error

    @property
    def url(self) -> str:
        """Where people and programs find the server."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"


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
