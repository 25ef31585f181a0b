"""Who may do what on Redis: one readable table of roles, and the aclfile made from it.

Two facts shape the table. An FCALL needs one selector that allows the function and every key it
is given; inside the function each `redis.call` is checked again, against all selectors of the
caller. So a role names its functions once for all its keys, and each kind of command only for
the keys it is meant for: a stage that may acknowledge its topic still cannot add to it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Server = Literal["durable", "live"]

TOPICS = ("inbox", "route", "think", "tool", "respond", "outbox", "control", "dead", "events")

STREAM_READ = "+xreadgroup +xread +xrange +xrevrange +xlen +xinfo +xpending"
STREAM_OWN = f"{STREAM_READ} +xack +xclaim +xautoclaim +xgroup"
STREAM_TRIM = "+xtrim +xdel"
LOOK = "+exists +type +ttl +pttl"
STATE_READ = (
    f"{LOOK} +get +mget +strlen +hget +hmget +hgetall +hlen +hexists +hkeys +hvals +lrange +llen"
    " +lindex +sismember +smembers +scard +zrange +zrangebyscore +zscore +zcard"
)
STATE = (
    f"{STATE_READ} +set +setnx +setex +psetex +getset +getdel +del +unlink +expire +pexpire"
    " +persist +incr +incrby +decr +decrby +append +hset +hsetnx +hdel +hincrby +hincrbyfloat"
    " +lpush +rpush +lpop +rpop +lrem +ltrim +sadd +srem +spop +zadd +zrem +zincrby +zpopmin"
    " +zremrangebyscore +zremrangebyrank"
)
# Where no role comes from: what `-@dangerous` leaves of the connection's own commands, and the
# clock. Everything else is forbidden until a line below allows it.
EVERYBODY = "resetchannels -@all +@connection -@dangerous +time"
COMMIT = ("hop", "settle", "finish", "fail", "bury", "beat", "reclaim", "release", "retire")
FUNCTIONS = ("accept", "admit", *COMMIT, "trim", "lead", "stop")


@dataclass(frozen=True)
class Allow:
    """Some commands on some keys (or on keys only read, or only written).

    Attributes:
        commands: ACL command rules, for example `+xadd +xlen`.
        keys: key patterns; `%R~` or `%W~` before one narrows it to reading or writing.
    """

    commands: str
    keys: tuple[str, ...]

    def rule(self) -> str:
        """Return the selector in Redis' own words."""
        patterns = (key if key.startswith("%") else f"~{key}" for key in self.keys)
        return f"({self.commands} {' '.join(patterns)})"


@dataclass(frozen=True)
class Rights:
    """What one role may do on one server.

    Attributes:
        commands: rules that need no key, on top of `EVERYBODY`.
        allows: commands with keys.
        functions: library functions it may call.
        keys: key patterns it may name when it calls one.
        channels: pub/sub channels, as patterns.
    """

    commands: str = ""
    allows: tuple[Allow, ...] = ()
    functions: tuple[str, ...] = ()
    keys: tuple[str, ...] = ("nexus:*",)
    channels: tuple[str, ...] = ()

    def rules(self) -> str:
        """Return the rules of an aclfile line, without name and password."""
        parts = [EVERYBODY, *(f"&{channel}" for channel in self.channels)]
        if self.channels:
            parts.append("+subscribe +psubscribe +unsubscribe +punsubscribe +publish")
        if self.commands:
            parts.append(self.commands)
        parts += [allow.rule() for allow in self.allows]
        if self.functions:
            calls = " ".join(f"+fcall|{name}" for name in self.functions)
            parts.append(Allow(calls, self.keys).rule())
        return " ".join(parts)


def _topics(*names: str) -> tuple[str, ...]:
    return tuple(f"nexus:{name}" for name in names)


STREAMS = _topics(*TOPICS)
SHARED_KINDS = (
    *("turn", "session", "mail", "call", "tries", "token", "lease", "lead"),
    *("consumer", "seen", "effect", "ask", "metric"),
)
SHARED_STATE = (
    *(f"nexus:{kind}:*" for kind in SHARED_KINDS),
    *_topics("busy", "stopping", "consumers", "backlog", "suspects"),
)


def _stage(reads: tuple[str, ...], writes: tuple[str, ...], *more: str) -> Rights:
    """Return the rights of a process that runs one stage: own its topic, add to the next ones."""
    return Rights(
        commands="+info",
        allows=(
            Allow(STREAM_OWN, _topics(*reads)),
            Allow("+xadd +xlen", _topics(*writes, "dead", "events")),
            Allow(STREAM_READ, STREAMS),
            Allow(STATE, SHARED_STATE),
        ),
        functions=(*COMMIT, *more),
        channels=("nexus:*",),
    )


CORE = Rights(
    commands="+info",
    allows=(
        Allow(f"{STREAM_OWN} {STREAM_TRIM} +xadd {LOOK} +del +unlink", STREAMS),
        Allow(STATE, ("nexus:*",)),
    ),
    functions=FUNCTIONS,
    channels=("nexus:*",),
)

DURABLE: dict[str, Rights] = {
    # Loads the library, reads the policy, and goes before any message is handled.
    "boot": Rights(
        commands="+info +config|get +function +module|list",
        allows=(Allow(f"{STREAM_OWN} {LOOK}", STREAMS), Allow(STATE, ("nexus:*",))),
        functions=FUNCTIONS,
    ),
    # The default process: the six stages and the web.
    "core": CORE,
    # Messengers and foreign MCP servers: new work in, replies out, nothing between.
    "channels": Rights(
        commands="+info",
        allows=(
            Allow(STREAM_OWN, _topics("outbox")),
            Allow("+xadd +xlen", _topics("inbox", "control", "dead")),
            Allow(
                STATE,
                tuple(
                    f"nexus:{kind}:*"
                    for kind in ("seen", "token", "tries", "lease", "consumer", "delivery")
                ),
            ),
            Allow(STATE_READ, SHARED_STATE),
        ),
        functions=("accept", *COMMIT),
        channels=("nexus:*",),
    ),
    "stage-admit": _stage(("inbox",), ("route", "respond"), "admit", "lead"),
    "stage-route": _stage(("route",), ("think", "tool", "respond")),
    "stage-think": _stage(("think",), ("tool", "respond")),
    "stage-tool": _stage(("tool",), ("think",)),
    "stage-respond": _stage(("respond",), ("outbox", "route")),
    "stage-deliver": _stage(("outbox",), ()),
    "stage-control": _stage(("control",), ("respond", "outbox"), "stop"),
    # Any program in any language: it may knock, and nothing else.
    "producer": Rights(
        allows=(
            Allow("+xadd", tuple(f"%W~{key}" for key in _topics("inbox"))),
            Allow("+xadd", tuple(f"%W~{key}" for key in _topics("events"))),
        )
    ),
    # The owner's command line: asks as the channel `terminal`, and follows its own turn.
    "terminal": Rights(
        commands="+info",
        allows=(
            Allow("+xadd +xlen", _topics("inbox", "control")),
            Allow(STATE, ("nexus:seen:*", "nexus:token:*", "nexus:backlog")),
            Allow(STATE_READ, ("nexus:turn:*", "nexus:session:*", "nexus:mail:*", "nexus:busy")),
        ),
        functions=("accept",),
    ),
    # The owner's desk: look at everything, redrive and drop dead letters.
    "desk": Rights(
        commands="+info",
        allows=(
            Allow(STREAM_READ, STREAMS),
            Allow("+xdel", _topics("dead")),
            Allow("+xadd", STREAMS),
            Allow(STATE_READ, ("nexus:*",)),
        ),
        functions=("trim",),
    ),
    # The written history follows what happened; it changes nothing but its own place in it.
    "journal": Rights(
        allows=(
            Allow(STREAM_OWN, _topics("events")),
            Allow(STATE_READ, ("nexus:turn:*", "nexus:session:*")),
            Allow(STATE, ("nexus:journal:*", "nexus:audit:*")),
        ),
    ),
    # The query engine's user: its commands come with the module, so they are asked for by name
    # only where it is loaded (`memory_rules`).
    "memory": Rights(
        commands="+info +module|list +scan",
        allows=(Allow(STATE, ("nexus:memory:*",)),),
    ),
}

LIVE: dict[str, Rights] = {
    "live": Rights(
        commands="+info",
        allows=(
            Allow(f"{STREAM_READ} {STREAM_TRIM} +xadd {STATE}", ("nexus:feed:*", "nexus:live:*")),
        ),
        channels=("nexus:*",),
    ),
    "terminal": Rights(
        allows=(
            Allow(
                f"+xread +xrange +xrevrange +xlen {STATE_READ}",
                ("%R~nexus:feed:*", "%R~nexus:live:*"),
            ),
        ),
    ),
    # The rate limiter brings its own script, which is why it lives where nothing is kept.
    "web-limits": Rights(
        commands="+script|load +script|exists",
        allows=(Allow(f"{STATE} +evalsha", ("nexus:limits:*",)),),
    ),
    "boot": Rights(commands="+info +config|get", allows=(Allow(STATE, ("nexus:live:*",)),)),
}

TABLE: dict[Server, dict[str, Rights]] = {"durable": DURABLE, "live": LIVE}
ROLES = tuple(dict.fromkeys((*DURABLE, *LIVE)))
"""Every role there is, on either server; one password each."""

MEMORY_ENGINE = (
    "(+ft.create +ft.search +ft.aggregate +ft.info +ft._list +ft.dropindex +ft.alter"
    " +ft.profile +ft.explain +ft.cursor +ft.tagvals +ft.aliasadd +ft.aliasupdate"
    " +ft.aliasdel ~nexus:memory:*)"
)


def digest(password: str) -> str:
    """Return the form in which an aclfile keeps a password."""
    return "#" + hashlib.sha256(password.encode()).hexdigest()


def render(server: Server, passwords: Mapping[str, str], *, engine: bool = False) -> str:
    """Return the aclfile of a server: no default user, one line per role.

    Args:
        server: which of the two.
        passwords: by role; a role without one gets no line, so nobody can be it.
        engine: whether the query engine is loaded; its commands are unknown words otherwise.

    Raises:
        ValueError: a password is shorter than 16 characters or a role's name is unknown.
    """
    lines = ["user default off resetpass resetkeys resetchannels -@all"]
    for role, rights in TABLE[server].items():
        if role not in passwords:
            continue
        if len(passwords[role]) < 16:
            raise ValueError(f"the password of the Redis role {role} is shorter than 16 characters")
        rules = rights.rules()
        if engine and role == "memory":
            rules = f"{rules} {MEMORY_ENGINE}"
        lines.append(re.sub(r"\s+", " ", f"user {role} on {digest(passwords[role])} {rules}"))
    return "\n".join(lines) + "\n"
