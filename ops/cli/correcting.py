"""A message corrected by hand: it keeps its ids, fits its topic, and remembers what it was."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from pydantic import ValidationError

from ops.cli.desk import Filed
from schemas.base import Word
from schemas.chat import Offered, Received
from schemas.desk import Former
from schemas.errors import Invalid, Refused
from streams.entry import MAX_HISTORY, first_fault
from streams.sign import Gateway, Keyring
from streams.stage import Stage

IDS = ("id", "trace", "turn", "session", "person", "channel", "step", "index")
"""What says which message it is; all else may be corrected."""
MOST = 262_144
"""Bytes of the largest message."""


@dataclass(frozen=True)
class Corrected:
    """What is sent in a letter's place.

    Attributes:
        data: the message.
        signature: of the gateway that signed the original, for the new bytes.
        history: what it was before, as JSON.
    """

    data: bytes
    signature: str
    history: str


def corrected(
    filed: Filed, text: str, stages: tuple[Stage[..., Any], ...], keyring: Keyring
) -> Corrected:
    """Check a corrected message.

    Args:
        filed: the letter.
        text: the message as it should have been.
        stages: the pipeline, which says what each topic takes.
        keyring: the gateways; what one of them signed stays signed by it.

    Raises:
        Invalid: it does not fit its topic, or is another message.
        Refused: nothing was changed.
    """
    data = text.strip().encode()
    if data == filed.data.strip():
        raise Refused("Nothing was changed; `nexus dead redrive` sends it as it is.")
    gateway = keyring.signer(filed.data, filed.letter.signature)
    kind = _kind(filed.letter.source, gateway, stages)
    if len(data) > MOST:
        raise Invalid(f"The message has {len(data)} bytes; at most {MOST} are accepted.")
    try:
        kind.model_validate_json(data)
    except ValidationError as error:
        fault = first_fault(error)
        raise Invalid(f"It does not fit the topic {filed.letter.source}: {fault}") from None
    before, after = _read(filed.data), _read(data)
    for name in IDS:
        if name in before and after.get(name) != before[name]:
            raise Invalid(f"`{name}` must stay {before[name]!r}: it says which message this is.")
    return Corrected(data, gateway.sign(data) if gateway else "", _history(filed))


def _kind(topic: str, gateway: Gateway | None, stages: tuple[Stage[..., Any], ...]) -> type[Word]:
    kind = next((stage.reads for stage in stages if stage.topic == topic), None)
    if kind is None:
        raise Refused(f"Nothing reads the topic {topic}.")
    return Offered if kind is Received and gateway is None else kind


def _read(data: bytes) -> dict[str, Any]:
    try:
        found = orjson.loads(data)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _history(filed: Filed) -> str:
    """Return what the message was, as far as there is room for it, the newest surely."""
    it = filed.letter
    now = Former(letter=it.id, error=it.error, text=it.text, original=it.original, size=it.size)
    if len(now.model_dump_json()) > MAX_HISTORY - 2:
        now = now.model_copy(update={"original": ""})
    kept: list[dict[str, Any]] = []
    room = MAX_HISTORY - 2
    for one in (now, *reversed(it.history)):
        room -= len(one.model_dump_json()) + 1
        if room < 0:
            break
        kept.insert(0, one.model_dump())
    return orjson.dumps(kept).decode()


def decoded(former: Former) -> str:
    """Return what a message was as text."""
    return base64.b64decode(former.original).decode("utf-8", "backslashreplace")


def edited(filed: Filed) -> str:
    """Let the owner correct a message in their editor, and return it on one line."""
    import click

    try:
        shown = orjson.dumps(orjson.loads(filed.data), option=orjson.OPT_INDENT_2).decode()
    except orjson.JSONDecodeError:
        shown = filed.original
    written = click.edit(shown, extension=".json")
    if written is None or written.strip() == shown.strip():
        return filed.original
    try:
        return orjson.dumps(orjson.loads(written)).decode()
    except orjson.JSONDecodeError:
        return written


def read(file: Path) -> str:
    """Return a file's text.

    Raises:
        Refused: it cannot be read.
    """
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"{file} cannot be read: {error}") from None
