"""The sections of the settings that belong to no one part of the code."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic_settings import NoDecode

from gateways.machines.closed import CLOSED

_CLOSED = ConfigDict(extra="forbid", frozen=True)


class HttpSettings(BaseModel):
    """The HTTP listener."""

    model_config = _CLOSED

    host: str = Field("127.0.0.1", description="The address it listens on.")
    port: Annotated[int, Field(ge=1, le=65_535)] = Field(8080, description="Its port.")
    url: str = Field(
        "",
        description="The address people type, such as `https://home.example`, where a proxy in"
        " front does HTTPS; logins are then for HTTPS only.",
    )
    hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Further names under which this server is reached, such as `nas.local`; in the"
        " environment separated by commas. A request that names another host is refused.",
    )
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Addresses or networks of the proxies in front, whose `X-Forwarded-For` is"
        " believed; in the environment separated by commas.",
    )

    @field_validator("url")
    @classmethod
    def _origin(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in {"http", "https"} or not parts.hostname):
            raise ValueError("it begins with http:// or https:// and names a host")
        if parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc:
            raise ValueError("it is a scheme, a host and perhaps a port, and nothing else")
        return value.rstrip("/").lower()

    @field_validator("hosts", "trusted_proxies", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return (
            [part.strip() for part in value.split(",") if part.strip()]
            if isinstance(value, str)
            else value
        )

    @field_validator("hosts")
    @classmethod
    def _names(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for name in value:
            if not name or set(name) & set("/:@*? "):
                raise ValueError(f"{name!r} is not a host's name alone")
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(str(ip_network(one, strict=False)) for one in value)


class LogSettings(BaseModel):
    """What is logged."""

    model_config = _CLOSED

    level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="The least important kind of event that is logged."
    )


class FilesSettings(BaseModel):
    """What the agent sees of the disk."""

    model_config = _CLOSED

    roots: Annotated[tuple[Path, ...], NoDecode] = Field(
        default_factory=lambda: (Path.home(),),
        description="The folders the agent may read in; in the environment separated by colons."
        " Your home folder unless set.",
    )

    closed: Annotated[tuple[str, ...], NoDecode] = Field(
        CLOSED,
        description="Names that stay closed wherever they lie, because they hold secrets: `*`"
        " stands for anything, `a/b` is b in a; in the environment separated by colons. Yours"
        " replace all that are named here.",
    )
    workspace_mb: Annotated[int, Field(ge=1, le=1 << 20)] = Field(
        1_024, description="How large the agent's own folder may become, in MB."
    )
    workspace_file_mb: Annotated[int, Field(ge=1, le=1 << 20)] = Field(
        64, description="How large one file in it may become, in MB."
    )

    @field_validator("roots", "closed", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        with suppress(ValueError):  # as a list in JSON too, which is how the defaults are shown
            if isinstance(found := json.loads(value), list):
                return found
        return [part for part in value.split(os.pathsep) if part]

    @field_validator("roots")
    @classmethod
    def _absolute(cls, value: tuple[Path, ...]) -> tuple[Path, ...]:
        found = tuple(path.expanduser() for path in value)
        for path in found:
            if not path.is_absolute():
                raise ValueError(f"{path} is not an absolute path")
        return found


class EventsSettings(BaseModel):
    """What programs tell."""

    model_config = _CLOSED

    unknown: Literal["accept", "refuse"] = Field(
        "accept",
        description="What becomes of an event whose type nobody described: it is taken as it is,"
        " or refused. An event alone does nothing; only rules that you wrote act on one.",
    )
    docker: bool = Field(
        True,
        description="Whether what happens to the containers of this machine is told; without Docker"
        " there is nothing to tell.",
    )


class JournalSettings(BaseModel):
    """How long the written history is kept."""

    model_config = _CLOSED

    keep_days: Annotated[int, Field(ge=1, le=36_500)] = Field(
        365, description="Days after which the journal forgets."
    )
    keep_rows: Annotated[int, Field(ge=1_000, le=1_000_000_000)] = Field(
        5_000_000, description="Rows it holds at most; the oldest go first."
    )
