"""Who may do what on Redis: one readable table of roles.

Two facts shape the table. An FCALL needs one selector that allows the function and every key it
is given; inside the function each `redis.call` is checked again, against all selectors of the
caller. So a role names its functions once for all its keys, and each kind of command only for
the keys it is meant for: a stage that may acknowledge its topic still cannot add to it.
"""

from __future__ import annotations

from typing import Literal

from streams.allowances import (
    ADD,
    APPROVALS,
    CHANGE,
    FUNCTIONS,
    GRANTS,
    HISTORY,
    LOOK,
    OWN,
    READ,
    RECORD,
    REDRIVEN,
    SPENDS,
    STREAMS,
    TEND,
    TOPICS,
    TURN_ENDS,
    USES,
    hears,
    knock,
    own,
    stage,
    topics,
)
from streams.keys import AUDIT
from streams.rights import Allow, Rights

Server = Literal["durable", "live"]

DURABLE: dict[str, Rights] = {
    # Loads the library, reads the policy, and goes before any message is handled.
    "boot": Rights(
        commands="+info +config|get +function|load +function|list +module|list",
        allows=(Allow("+xgroup|create +xinfo +exists", STREAMS),),
        functions=("version",),
    ),
    # Takes back what a dead child held, says so, and can do nothing else.
    "supervisor": Rights(
        commands="+publish",
        allows=(
            Allow("+xpending +xclaim +xgroup|delconsumer", STREAMS),
            Allow("+hget +hset", ("nexus:trouble:*",)),
            Allow("+get +del", tuple(f"nexus:lease:{topic}" for topic in TOPICS)),
            Allow("+del", ("nexus:token:*",)),
            Allow("+xadd", tuple(f"%W~{key}" for key in topics("events"))),
        ),
        functions=("release", "version"),
        hears=hears(),
    ),
    # The default process: the six stages and the web.
    "core": Rights(
        commands="+info +publish +pubsub|numsub +scan +time",
        allows=(
            Allow(f"{OWN} +xadd", STREAMS),
            # Everything but what begins with an underscore: the journal's seals are not its own.
            Allow(f"{CHANGE} +hscan", ("nexus:[a-z]*",)),
            HISTORY,
        ),
        # What goes back from the desk, the owner sends: only the desk may.
        functions=tuple(name for name in FUNCTIONS if name != "redrive"),
        # And that a schedule changed, for the clock.
        hears=(*hears("*"), "nexus:schedules"),
    ),
    # Who makes and changes schedules for the owner: the command line, and the agent's tools.
    "schedules": Rights(
        commands="+publish",
        allows=(Allow(CHANGE, ("nexus:schedules", "nexus:schedules?due", "nexus:schedule:*")),),
        hears=("nexus:schedules",),
    ),
    # Messengers: new work in, what is to be handed over out, nothing between. What they need is in
    # the parcels, so they read no turn, no conversation and no card.
    "channels": Rights(
        commands="+info",
        allows=(
            *own("parcels", "send"),
            Allow(ADD, topics("events")),
            Allow("+exists +hexists", ("nexus:stopping",)),
            *knock("channel-*"),
            # What was handed over already, as what; who asks to be known; how each channel is.
            Allow("+get +set +del", ("nexus:sent:*", "nexus:channel:*")),
            Allow("+get +set +incr +expire +zadd +zremrangebyscore", ("nexus:pairing:*",)),
            # What was said in a chat to others, where somebody known called the server.
            Allow(
                "+get +set +del +expire +zadd +zrange +zremrangebyrank +zremrangebyscore",
                ("nexus:remarks:*",),
            ),
        ),
        functions=(*TEND, "accept", "command", "hop"),
        keys=topics("parcels"),
        hears=hears("send"),
    ),
    "stage-admit": stage(
        "inbox",
        "admit",
        ("route", "outbox"),
        ("admit", "lead", "resign"),
        Allow("+set +get", ("nexus:dedupe:*",)),
        Allow("+zrem +zscore", ("nexus:waiting:inbox:*",)),
        TURN_ENDS,
    ),
    "stage-route": stage("route", "route", ("think", "tool", "respond"), ("hop",), RECORD, SPENDS),
    "stage-think": stage("think", "think", ("tool", "respond"), ("hop",), RECORD, SPENDS),
    "stage-tool": stage(
        "tool",
        "tool",
        ("think", "respond", "cards", "route"),
        ("settle", "ask", "spawn", "effect_start"),
        # A task begins here: a turn of a session of its own.
        TURN_ENDS,
        Allow("+exists", ("nexus:closed",)),
        # The journal hears of what comes after its turn's end.
        Allow("+rpush", ("nexus:late",)),
        SPENDS,
        *APPROVALS,
        USES,
    ),
    "stage-respond": stage(
        "respond",
        "respond",
        ("outbox", "route", "cards", "tool"),
        ("finish",),
        TURN_ENDS,
        # With /new a conversation's count begins anew.
        Allow("+del", ("nexus:spent:session:*",)),
        *APPROVALS,
        Allow("+xinfo +xpending", topics("outbox")),
        # Whose record is not to be forgotten yet.
        Allow("+hexists", ("nexus:letters",)),
        Allow("+exists +ltrim", ("nexus:late",)),
    ),
    "stage-deliver": stage("outbox", "deliver", ("parcels",), ("hop",)),
    "stage-show": stage("cards", "show", ("parcels",), ("hop",)),
    "stage-steer": stage(
        "control",
        "steer",
        ("outbox", "tool", "cards"),
        ("halt", "decide", "revoke"),
        RECORD,
        *APPROVALS,
        GRANTS,
        Allow(CHANGE, topics("stopping")),
        Allow("+type", topics("respond")),
        Allow("+zrem +zscore", ("nexus:waiting:control:*",)),
        commands="+info +publish",
    ),
    # What the rules say goes in by their own door, and onto `events` what they tell.
    "stage-react": stage(
        "events",
        "react",
        ("forward",),
        ("accept", "tell", "fire", "hop"),
        *knock("rules", "inbox"),
        # How often a rule fires in a minute.
        Allow(CHANGE, ("nexus:rule:*",)),
    ),
    "stage-forward": stage("forward", "forward", (), ("hop",)),
    # Any program in any language: it may knock, and nothing else.
    "producer": Rights(
        allows=(Allow("+xadd", tuple(f"%W~{key}" for key in topics("inbox", "events"))),)
    ),
    # The owner's command line: asks as the channel `terminal`, and follows its own turn.
    "terminal": Rights(
        commands="+info",
        allows=(
            *knock("terminal"),
            Allow("+xadd", tuple(f"%W~{key}" for key in topics("events"))),
            Allow(READ, ("nexus:turn:*", "nexus:session:*", "nexus:turns", "nexus:busy")),
            # What waits for a decision, and the terminal's own cards of it; nobody else's.
            Allow(READ, ("nexus:approvals", "nexus:approval:*", "nexus:card:home:terminal:*")),
            Allow(READ, ("nexus:grants", "nexus:grant:*")),
        ),
        functions=("accept", "tell", "command", "version"),
    ),
    # The owner's desk: look at everything, redrive and drop dead letters.
    "desk": Rights(
        commands="+info",
        allows=(
            Allow(LOOK, STREAMS),
            Allow("+xadd", topics(*REDRIVEN)),
            Allow("+xdel", topics("dead")),
            # What is ordered from the page is told before it is done.
            Allow("+xadd", tuple(f"%W~{key}" for key in topics("events"))),
            Allow("+xinfo", (AUDIT,)),
            Allow(READ, ("nexus:*",)),
            Allow("+zadd", (*topics("turns"), "nexus:waiting:inbox:*")),
            Allow("+rpush +persist +sadd +expire +del", ("nexus:turn:*",)),
            Allow("+hsetnx", topics("busy")),
            Allow("+del", ("nexus:pairing:*",)),
        ),
        functions=("redrive", "version"),
    ),
    # The written history reads everything and changes nothing but its own place in it. Its seals
    # are a stream it may only add to: Redis lets their numbers grow and never go back.
    "journal": Rights(
        allows=(
            Allow("+xreadgroup +xack +xpending +xinfo|groups +xgroup|create", STREAMS),
            Allow(READ, ("nexus:turn:*",)),
            Allow("+get +set +del", ("nexus:lease:journal",)),
            Allow("+lrange +lrem", ("nexus:late",)),
            Allow("+xadd +xinfo", (AUDIT,)),
        ),
        functions=("lead", "resign", "version"),
    ),
    # Makes Redis write a copy of itself, whose file it then reads; Redis tells it nothing more.
    "backup": Rights(
        commands="+info +bgsave +lastsave", allows=(Allow("+get", ("%R~nexus:_epoch",)),)
    ),
    # The query engine's user. Its commands come with the module, so `render` adds them where it
    # is loaded. An index can be laid over hashes of any prefix: nothing else of ours that holds
    # a person's words is a hash.
    "memory": Rights(
        commands="+info +module|list +scan",
        allows=(Allow(CHANGE, ("nexus:memory:*",)),),
    ),
}

MESSENGERS = ("telegram", "discord", "whatsapp", "email")
"""The channels in whose conversations the messengers' process may read."""
FEED = ("nexus:live:*", "nexus:live-epoch")
LIVE: dict[str, Rights] = {
    # Reads the policy.
    "boot": Rights(commands="+info +config|get"),
    # Writes the feed, and reads it for the web.
    "live": Rights(commands="+info", allows=(Allow(f"{LOOK} +xadd +xtrim +xdel {CHANGE}", FEED),)),
    # Follows an answer while it is written.
    "terminal": Rights(
        allows=(
            Allow(
                "+xread +xrange +xrevrange +xlen +exists +get",
                tuple(f"%R~{key}" for key in FEED),
            ),
        ),
    ),
    # The messengers follow an answer while it is written, for typing and editing: in conversations
    # of their own, which are named after them, and not what is said on the page.
    "channels": Rights(
        allows=(
            Allow(
                "+xread +xrange +xrevrange +xlen +exists +get",
                (*(f"%R~nexus:live:{name}-*" for name in MESSENGERS), "%R~nexus:live-epoch"),
            ),
        ),
    ),
    # The rate limiter brings its own script, which is why it lives where nothing is kept.
    "web-limits": Rights(
        commands="+script|load +script|exists",
        allows=(Allow(f"{CHANGE} +evalsha", ("nexus:limits:*",)),),
    ),
}

TABLE: dict[Server, dict[str, Rights]] = {"durable": DURABLE, "live": LIVE}
ROLES = tuple(dict.fromkeys((*DURABLE, *LIVE)))
"""Every role there is, on either server; one password each."""
