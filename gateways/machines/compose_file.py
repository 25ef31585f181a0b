"""A compose file, read as what it does: what may stand in one, and what of that is a risk.

The file itself is never handed on. It is parsed to a model in which only what is named here exists,
and what is run is written anew from that: nothing is filled in, taken over or read beside it.
"""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from gateways.machines.docker_changes import image_name
from schemas.errors import Forbidden, Invalid

MOST = 65_536
"""Bytes of a compose file."""
MAX_SERVICES = 20

Risk = Literal["labels", "mounts", "ports"]
"""What needs more than one decision: labels, by which other software may open a service to the
network; folders of the owner's outside of the project; ports that other machines reach."""

_PORT = re.compile(
    r"(?:(?P<ip>[0-9]+(?:\.[0-9]+){3}|\[[0-9a-fA-F:.]+\]):)?(?:(?P<published>[0-9]{1,5}(?:-[0-9]{1,5})?)?:)?"
    r"[0-9]{1,5}(?:-[0-9]{1,5})?(?:/(?:tcp|udp))?"
)
_VARIABLE = re.compile(r"(?<!\$)(?:\$\$)*\$(?!\$)")

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$")]
Words = Annotated[str, Field(max_length=4_000, pattern=r"^[^\x00]*$")]
Command = Words | Annotated[list[Words], Field(max_length=64)] | None
Image = Annotated[str, BeforeValidator(lambda given: image_name(str(given)))]
Inside = Annotated[str, Field(max_length=1_024, pattern=r"^/[A-Za-z0-9_./@+-]*$")]
"""A path in a container."""
Scalar = str | int | float | bool
Span = Annotated[str, Field(pattern=r"^([0-9]+(\.[0-9]+)?(us|ms|s|m|h))+$")]
Size = int | Annotated[str, Field(pattern=r"^[0-9]+(\.[0-9]+)?\s*[bBkKmMgG]*$")]


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Port(_Closed):
    """A published port, in the long form."""

    target: Annotated[int, Field(ge=1, le=65_535)]
    published: int | str | None = None
    host_ip: str | None = None
    protocol: Literal["tcp", "udp"] = "tcp"


class Mount(_Closed):
    """Something that a container sees in a place of its own; a `source` with a slash is a path."""

    type: Literal["volume", "bind", "tmpfs"]
    source: str | None = None
    target: Inside
    read_only: bool = False


class Check(_Closed):
    """How a service is known to be well."""

    test: Command = None
    interval: Span | None = None
    timeout: Span | None = None
    start_period: Span | None = None
    retries: Annotated[int, Field(ge=0, le=1_000)] | None = None
    disable: bool | None = None


class Waits(_Closed):
    """What one service waits for."""

    condition: Literal[
        "service_started", "service_healthy", "service_completed_successfully"
    ] = "service_started"  # fmt: skip


class Joined(_Closed):
    """How a service is in a network."""

    aliases: list[Name] = []


class Service(_Closed):
    """One service: what is not here may not be there."""

    image: Image
    command: Command = None
    entrypoint: Command = None
    environment: dict[Name, Scalar] | list[Annotated[str, Field(pattern=r"^[^=]+=")]] | None = None
    ports: Annotated[list[Annotated[str | int, Field(union_mode="left_to_right")] | Port],
                     Field(max_length=64)] = []  # fmt: skip
    expose: list[int | str] = []
    volumes: Annotated[list[str | Mount], Field(max_length=64)] = []
    tmpfs: Inside | list[Inside] | None = None
    depends_on: list[Name] | dict[Name, Waits] | None = None
    restart: Annotated[str, Field(pattern=r"^(no|always|unless-stopped|on-failure(:[0-9]+)?)$")] = (
        "no"
    )
    working_dir: Inside | None = None
    user: Annotated[str, BeforeValidator(str), Field(pattern=r"^[A-Za-z0-9_.:-]+$")] | None = None
    hostname: Name | None = None
    container_name: Name | None = None
    labels: dict[str, Scalar] | list[str] | None = None
    healthcheck: Check | None = None
    networks: list[Name] | dict[Name, Joined | None] | None = None
    network_mode: Literal["none", "bridge"] | None = None
    init: bool | None = None
    read_only: bool | None = None
    tty: bool | None = None
    stdin_open: bool | None = None
    stop_grace_period: Span | None = None
    stop_signal: Annotated[str, Field(pattern=r"^[A-Z0-9+-]+$")] | None = None
    mem_limit: Size | None = None
    shm_size: Size | None = None
    cpus: float | None = None
    pids_limit: int | None = None
    cap_drop: list[Annotated[str, Field(pattern=r"^[A-Z_]+$")]] = []
    security_opt: list[Literal["no-new-privileges:true", "no-new-privileges"]] = []
    platform: Annotated[str, Field(pattern=r"^[a-z0-9/]+$")] | None = None


class Network(_Closed):
    """A network of the project's own."""

    driver: Literal["bridge"] = "bridge"
    internal: bool = False


class Volume(_Closed):
    """A volume of the project's own, where Docker keeps all volumes: its options name folders."""

    driver: Literal["local"] = "local"


class Project(_Closed):
    """A whole compose file."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")] | None = None
    services: Annotated[dict[Name, Service], Field(min_length=1, max_length=MAX_SERVICES)]
    networks: dict[Name, Network | None] = {}
    volumes: dict[Name, Volume | None] = {}


class _Loader(yaml.SafeLoader):
    """YAML as compose reads it: `no` and `22:22` are text, and nothing is repeated by a name."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise Forbidden("The file repeats parts of itself by name (*…); write them out.")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        if len(set(map(str, keys))) != len(keys):
            raise Forbidden("The file says something twice, and so could mean either.")
        return super().construct_mapping(node, deep)


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("int", r"^[-+]?[0-9]+$", "-+0123456789"),
    ("float", r"^[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+)$", "-+.0123456789"),
    ("null", r"^(?:~|null|Null|NULL|)$", ("~", "n", "N", "")),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), list(_first))


def parsed(raw: bytes) -> Project:
    """Return what a compose file says.

    Raises:
        Invalid: it is none, or too large.
        Forbidden: something stands in it that may not.
    """
    if len(raw) > MOST:
        raise Invalid(f"The compose file has more than {MOST} bytes.")
    try:
        found = yaml.load(raw, _Loader)  # noqa: S506 - a SafeLoader that does less
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, RecursionError) as error:
        first = str(error).split("\n", 1)[0][:200]
        raise Invalid(f"The compose file cannot be read: {first}.") from None
    if not isinstance(found, dict):
        raise Invalid("The compose file has no services.")
    _without_variables(found)
    said = {key: value for key, value in found.items() if not str(key).startswith("x-")}
    said.pop("version", None)  # says nothing any more
    try:
        return Project.model_validate(said)
    except ValidationError as error:
        raise _translated(error) from None


def _without_variables(found: object) -> None:
    """Make sure that nothing is to be filled in, from whatever environment.

    Raises:
        Forbidden: something is.
    """
    if isinstance(found, dict):
        for key, value in found.items():
            _without_variables(key)
            _without_variables(value)
    elif isinstance(found, list):
        for value in found:
            _without_variables(value)
    elif isinstance(found, str) and _VARIABLE.search(found):
        raise Forbidden("The file has variables ($…), which nobody fills in; write the values.")


def _translated(error: ValidationError) -> Forbidden | Invalid:
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(one) for one in first["loc"])[:200]
    if first["type"] == "extra_forbidden":
        return Forbidden(f"{where} is not among what may stand in a compose file.")
    return Forbidden(f"{where} may not be so in a compose file: {first['msg'][:200]}.")


def risky(project: Project) -> set[Risk]:
    """Return the risks of what a file says by itself.

    Raises:
        Forbidden: a port is none.
    """
    found: set[Risk] = set()
    for service in project.services.values():
        if any(not _at_home(port) for port in service.ports):
            found.add("ports")
        if service.labels:
            found.add("labels")
    return found


def _at_home(port: str | int | Port) -> bool:
    """Whether only this machine reaches a port."""
    if isinstance(port, Port):
        ip = port.host_ip
    else:
        words = _PORT.fullmatch(str(port))
        if words is None:
            raise Forbidden(f"{str(port)[:64]!r} is no port.")
        ip = words["ip"]
    try:
        return ip is not None and ip_address(ip.strip("[]")).is_loopback
    except ValueError:
        raise Forbidden(f"{str(port)[:64]!r} is no port.") from None


def mounts(service: Service) -> list[Mount]:
    """Return what a service sees, in the long form.

    Raises:
        Forbidden: it is written in no form that is known.
    """
    return [one if isinstance(one, Mount) else _long(one) for one in service.volumes]


def _long(text: str) -> Mount:
    source, colon, rest = text.partition(":")
    target, _, how = rest.partition(":")
    if not colon or how not in {"", "ro", "rw"} or ":" in how:
        raise Forbidden(f"{text[:100]!r} may not be a volume; write source:target or …:ro.")
    kind: Literal["bind", "volume"] = "bind" if source[:1] in {".", "/", "~"} else "volume"
    try:
        return Mount(type=kind, source=source, target=target, read_only=how == "ro")
    except ValidationError as error:
        raise _translated(error) from None
