"""A webhook profile: where an executor listens, what may be called, how long it is waited for."""

from __future__ import annotations

import ipaddress
from typing import Final, Self
from urllib.parse import SplitResult, quote, urlsplit

from pydantic import Field, field_validator, model_validator

from graph.model.base import Id, Model
from graph.model.digest import sha256_hex

DRY_RUN: Final = "dry-run"
SIGNATURE_SCHEME: Final = "standard-webhooks/v1"
_TARGET: Final = "{target}"
_PORTS: Final = {"http": 80, "https": 443}


class WebhookProfile(Model):
    """An executor that is called over HTTP; its secret is kept elsewhere, so this may be shown.

    `allow` lists the origins (scheme, host, port) that may be called, and nothing else is.
    `addresses` lists the networks in which a host must lie; empty: an `http` host must lie on
    this machine, an `https` host proves itself by its certificate. `state_url` holds `{target}`
    once; None where the executor cannot tell states. `connect_s` and `answer_s` are seconds: to
    reach the host, and from there to the whole answer.
    """

    profile: Id
    url: str
    state_url: str | None = None
    allow: tuple[str, ...] = Field(min_length=1)
    addresses: tuple[str, ...] = ()
    connect_s: float = Field(default=3.0, gt=0, le=30)
    answer_s: float = Field(default=10.0, gt=0, le=120)
    can_roll_back: bool = True
    honours_idempotency_key: bool = False

    @field_validator("profile")
    @classmethod
    def _not_reserved(cls, profile: str) -> str:
        if profile == DRY_RUN:
            raise ValueError(f"{DRY_RUN!r} is the name of the dry run; choose another")
        return profile

    @field_validator("url")
    @classmethod
    def _plain_url(cls, url: str) -> str:
        origin_of(url)
        return url

    @field_validator("state_url")
    @classmethod
    def _names_target(cls, url: str | None) -> str | None:
        if url is not None:
            if urlsplit(url).path.count(_TARGET) != 1:
                raise ValueError("must hold {target} once, in its path")
            origin_of(url)
        return url

    @field_validator("allow")
    @classmethod
    def _origins(cls, allow: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(sorted({origin_of(origin) for origin in allow}))

    @field_validator("addresses")
    @classmethod
    def _networks(cls, addresses: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(sorted({str(ipaddress.ip_network(network)) for network in addresses}))

    @model_validator(mode="after")
    def _only_allowed(self) -> Self:
        for url in (self.url, self.state_url):
            if url is not None and origin_of(url) not in self.allow:
                raise ValueError(f"{origin_of(url)} is called and is not in `allow`; add it there")
        return self

    def state_url_of(self, target_id: str) -> str | None:
        """Fill the target into `state_url`, quoted so that it stays one part of the path."""
        if self.state_url is None:
            return None
        return self.state_url.replace(_TARGET, quote(target_id, safe=""))

    def allows(self, origin: str, address: str) -> bool:
        """Tell whether a connection to `address` on behalf of `origin` may be made."""
        if origin not in self.allow:
            return False
        found = ipaddress.ip_address(address)
        if self.addresses:
            return any(found in ipaddress.ip_network(network) for network in self.addresses)
        return origin.startswith("https://") or found.is_loopback

    def digest(self) -> str:
        """Digest all that decides what is called and how it is signed; the secret is no part."""
        return sha256_hex([SIGNATURE_SCHEME, self.model_dump(mode="json")])


def origin_of(url: str) -> str:
    """Write scheme, host and port of a plain HTTP address, the port always.

    >>> origin_of("https://Control.example/hook")
    'https://control.example:443'

    Raises: ValueError if it is no such address, or carries a user, a query or a fragment.
    """
    parts = urlsplit(url)
    port = _port_of(parts)
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError("may hold no user, query or fragment: it is shown to people")
    host = (parts.hostname or "").lower()
    if not host or not host.isascii() or any(char <= " " for char in url):
        raise ValueError("must name a host in ASCII, without spaces")
    return f"{parts.scheme}://[{host}]:{port}" if ":" in host else f"{parts.scheme}://{host}:{port}"


def _port_of(parts: SplitResult) -> int:
    if parts.scheme not in _PORTS:
        raise ValueError("must begin with http:// or https://")
    return parts.port or _PORTS[parts.scheme]
