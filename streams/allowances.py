"""What the roles are made of: the commands by what they are for, and the keys they are for."""

from __future__ import annotations

from streams.rights import Allow, Rights

TOPICS = (
    "inbox", "route", "think", "tool", "respond", "outbox", "cards", "parcels", "control", "dead",
    "events", "forward",
)  # fmt: skip

REDRIVEN = tuple(name for name in TOPICS if name != "dead")
"""Where a letter can go back to."""

LOOK = "+xread +xrange +xrevrange +xlen +xinfo +xpending +exists +type"
GROUP = "+xgroup|create +xgroup|createconsumer +xgroup|delconsumer"
OWN = f"{LOOK} +xreadgroup +xack +xclaim +xtrim {GROUP}"
"""What a group does with its topic: read, acknowledge, take over, forget what all are done with."""
ADD = "+xadd +xlen +type +exists"
READ = (
    "+exists +type +ttl +pttl +get +mget +strlen +hget +hmget +hgetall +hlen +hexists +hkeys"
    " +lrange +llen +lindex +lpos +sismember +smembers +scard +zrange +zrangebyscore +zscore +zcard"
)
CHANGE = (
    f"{READ} +set +getdel +del +unlink +expire +pexpire +persist +incr +incrby +decr +decrby"
    " +hset +hsetnx +hdel +hincrby +rpush +lpush +lpop +rpop +lrem +ltrim +sadd +srem +zadd +zrem"
    " +zremrangebyscore"
)

TEND = ("beat", "reclaim", "release", "regroup", "trim", "retire", "bury", "fail", "version")
"""The functions of every process that reads a topic."""
FUNCTIONS = (
    "accept", "tell", "fire", "command", "admit", "hop", "settle", "ask", "decide", "expire",
    "revoke", "effect_start", "finish", "halt", "spawn",
    "unfiled", "file", "outlive", "lead", "resign", "redrive", "mend", "wake", *TEND,
)  # fmt: skip


def topics(*names: str) -> tuple[str, ...]:
    """Return the keys of topics."""
    return tuple(f"nexus:{name}" for name in names)


STREAMS = topics(*TOPICS)
HINTS = ("nexus:hints",)


def hears(*stages: str) -> tuple[str, ...]:
    """Return what a process that runs these stages listens to: hints, and that it is there."""
    return (*HINTS, *(f"nexus:here:{stage}" for stage in stages))


def own(topic: str, group: str) -> tuple[Allow, ...]:
    """Return what a stage does with its topic and its own marks."""
    return (
        Allow(OWN, topics(topic)),
        # Its own entries' troubles, its topic's lead, the answers to its own calls.
        Allow(CHANGE, tuple(f"nexus:trouble:{topic}:{group}{behind}" for behind in ("", "?left"))),
        Allow(CHANGE, (f"nexus:lease:{topic}",)),
        Allow("+get +set +del", (f"nexus:token:{group}:*",)),
    )


def stage(
    topic: str,
    group: str,
    writes: tuple[str, ...],
    functions: tuple[str, ...],
    *allows: Allow,
    commands: str = "+info",
) -> Rights:
    """Return the rights of a process that runs one stage: own its topic, add to the next ones."""
    return Rights(
        commands=commands,
        allows=(
            *own(topic, group),
            Allow(ADD, topics(*writes, "events")),
            Allow(f"{READ} +zadd", topics("turns")),
            Allow(READ, ("nexus:turn:*", "nexus:session:*", "nexus:stopping", "nexus:busy")),
            *allows,
        ),
        functions=(*TEND, *functions),
        keys=topics(topic),
        hears=hears(group),
    )


RECORD = Allow(CHANGE, ("nexus:turn:*",))
"""A turn's record grows with each stage that commits."""
TURN_ENDS = Allow(
    CHANGE,
    (
        *("nexus:turn:*", "nexus:session:*", "nexus:turns"),
        *("nexus:stopping", "nexus:busy", "nexus:past"),
    ),
)
"""Where a turn begins or ends, its session changes too."""
SPENDS = Allow("+hincrby +hmget +expire", ("nexus:spent:*",))
"""Who thinks or acts is counted, and asks first what was spent; a count only grows."""
HISTORY = Allow("+get", ("%R~nexus:_epoch",))
"""Which history this is: what was asked in another is void."""
APPROVALS = (
    Allow(
        CHANGE,
        (
            *("nexus:approval:*", "nexus:approvals", "nexus:card:*", "nexus:codes", "nexus:clock"),
            *("nexus:session:*?asks", "nexus:asked:*"),
        ),
    ),
    Allow(ADD, topics("cards")),
    HISTORY,
)
"""Where somebody is asked, decides, or is not asked any more. No gateway may: what is in here is a
person's yes, and the codes of all places."""
GRANTS = Allow(CHANGE, ("nexus:grant:*", "nexus:grants"))
"""Where a lasting yes is given and taken back."""
USES = Allow("+hmget +hget +hset +hincrby", ("nexus:grant:*",))
"""Where a call runs under one."""


def knock(gateways: str, *doors: str) -> tuple[Allow, ...]:
    """Return what `accept` does for a gateway; no other's messages can be made to look seen."""
    return (
        Allow(f"{ADD} +xinfo|groups +xpending", topics(*(doors or ("inbox", "control")))),
        Allow("+zadd +zcard +zremrangebyscore +expire", ("nexus:waiting:*",)),
        Allow("+get +set", (f"nexus:dedupe:{gateways}:*",)),
        Allow("+llen", ("nexus:session:*",)),
        Allow("+get", ("nexus:closed",)),
    )
