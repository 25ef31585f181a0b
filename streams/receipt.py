"""What a gateway says to `accept`, `command` or `tell`, and what the answer means."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from schemas.chat import Control, Received
from schemas.desk import Happened
from schemas.errors import Conflict, Invalid, Refused, TooMuch, Transient
from streams.entry import counted_for
from streams.settings import StreamsSettings
from streams.sign import Gateway


class Closed(Transient):
    """Nothing is taken in now; a retry with the same key is safe."""

    code = "closed"
    status = 503


class Braked(Refused):
    """A rule did as much in this minute as it may; this is counted, and not done.

    Args:
        storm: when that began, in ms since 1970, where this is the first of it; else "".
    """

    code = "braked"
    status = 429

    def __init__(self, storm: str) -> None:
        super().__init__("The rule did as much in this minute as it may.")
        self.storm = storm


@dataclass(frozen=True, slots=True)
class Brake:
    """How often something may be done in any minute.

    Attributes:
        rule: what is counted, by its name.
        most: how often.
    """

    rule: str
    most: int


@dataclass(frozen=True, slots=True)
class Accepted:
    """The receipt: what a 202 says.

    Attributes:
        id: the message's id; for a repeat, the id of the first.
        fresh: whether this call brought it in.
    """

    id: str
    fresh: bool


MAX_COMMAND = 4_096
"""Bytes of the largest command; streams/library/ has it too."""


def offer(
    message: Received | Control | Happened,
    key: str,
    gateway: Gateway,
    settings: StreamsSettings,
    brake: Brake | None = None,
) -> tuple[str, tuple[str | bytes | int, ...]]:
    """Return the function that takes a message in, and its arguments.

    Args:
        message: what somebody said.
        key: the idempotency key, unique among the gateway's messages of seven days.
        gateway: who signs.
        settings: bounds.
        brake: of the rule that says it, where it is one.

    Raises:
        Invalid: larger than may be accepted.
    """
    data = message.encoded()
    in_haste = isinstance(message, Control)
    most = MAX_COMMAND if in_haste else settings.max_accepted_bytes
    if len(data) > most:
        raise Invalid(f"The message has {len(data)} bytes; at most {most} are accepted.")
    # The digest covers what the sender said, not the id and time that we gave it, nor what others
    # said around it until it came again; nor what they did not say, for the next release may ask
    # more of a message that comes to it once more.
    given = message.model_dump_json(exclude={"id", "trace", "at", "remarks"}, exclude_defaults=True)
    said = given.encode()
    life = settings.dedupe_days * 86_400
    words = (gateway.name, key, sha256(said).hexdigest(), life, data, gateway.sign(data))
    if in_haste:
        return "command", (*words, message.id, counted_for(message))
    counted = (brake.rule, brake.most) if brake else ()
    if isinstance(message, Happened):
        return "tell", (*words, message.id, *counted)
    bounds = (settings.backlog, settings.mailbox)
    return "accept", (*words, message.id, counted_for(message), *bounds, *counted)


def fired(
    key: str, gateway: Gateway, settings: StreamsSettings, brake: Brake
) -> tuple[str | bytes | int, ...]:
    """Return the arguments of `fire`, for what needs no door.

    Args:
        key: names what is done.
        gateway: in whose name.
        settings: bounds.
        brake: of the rule that does it.
    """
    digest = sha256(key.encode()).hexdigest()
    life = settings.dedupe_days * 86_400
    return (gateway.name, key, digest, life, brake.rule, brake.most)


def receipt(verdict: str, detail: str, key: str) -> Accepted:
    """Return what the answer means.

    Raises:
        Conflict: the same key came with another body.
        TooMuch: the session's mailbox or the whole backlog is full.
        Braked: the rule did as much in this minute as it may; also when it is asked again.
        Closed: Redis is not set up, or nothing is taken in now.
    """
    match verdict:
        case "BRAKED":
            raise Braked(detail)
        case "OK" | "SAME":
            return Accepted(detail, verdict == "OK")
        case "CONFLICT":
            raise Conflict(f"The key {key} was used for another message ({detail}).")
        case "BUSY":
            raise TooMuch(f"{detail} of your messages wait here already.", retry_after=5)
        case "FULL":
            raise TooMuch(f"{detail} messages wait already.", retry_after=5)
        case _:
            raise Closed(detail or "The pipeline is not set up yet.", retry_after=2)


def refusal(error: Exception, *, full: bool) -> Closed:
    """Return what an error of Redis itself means.

    Args:
        error: what it said.
        full: whether it said that its memory is full.
    """
    if full:
        return Closed("The server's memory is full.", retry_after=10)
    return Closed(f"Redis refused: {error}", retry_after=5)
