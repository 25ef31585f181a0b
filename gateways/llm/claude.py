"""Claude, through Anthropic's own library and its Messages API.

A step that ends in tool calls must come back as it was said, its signed thinking blocks unchanged
and in their order, or the API refuses the next request (docs: "Thinking with tool use").
"""

from __future__ import annotations

import base64
from collections import defaultdict
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from gateways.llm.base import (
    CUT,
    CallDelta,
    Delta,
    Exchange,
    Keys,
    ModelSaid,
    Request,
    Signed,
    Spent,
    TextDelta,
    ThinkingDelta,
    ToolSaid,
    UserSaid,
)
from gateways.llm.door import MISFITS, Bounds, Door, fit, pieces
from gateways.llm.faults import Declined, Garbled, fault, retry_after
from gateways.llm.models import UNKNOWN, Known
from gateways.llm.naming import heard, spoken
from gateways.llm.wishes import Wishes
from schemas.errors import Expected, Transient
from schemas.record import Replay, Usage

if TYPE_CHECKING:
    from anthropic import AsyncAnthropic

PROVIDER = "anthropic"
THINKING = 4_096
"""Tokens a model may think that wants a budget."""
ROOM = 8_192
"""Further tokens for a model that thinks as far as it sees fit."""
_KEPT = {"cache_control": {"type": "ephemeral"}}
_THOUGHTS = {"thinking", "redacted_thinking"}
_CUT = {"max_tokens", "model_context_window_exceeded"}
"""How an answer ends that had become too long (docs: "Handling stop reasons")."""


def door(keys: Keys, address: str | None, bounds: Bounds) -> Door[AsyncAnthropic]:
    """Return the way to the provider; nothing is loaded before it is used.

    Args:
        keys: where the key is.
        address: another server than the provider's.
        bounds: what an answer may take.
    """

    def make(key: str) -> AsyncAnthropic:
        from anthropic import AsyncAnthropic  # noqa: PLC0415 - loaded at first use

        from gateways.llm.transport import client  # noqa: PLC0415

        return AsyncAnthropic(
            api_key=key, base_url=address, max_retries=0, http_client=client(bounds)
        )

    return Door(PROVIDER, keys, make)


class Claude:
    """One of Anthropic's models.

    Args:
        model: its name at the provider.
        way: the provider's client.
        known: what it costs, and how it is asked to think.
    """

    def __init__(self, model: str, way: Door[AsyncAnthropic], known: Known = UNKNOWN) -> None:
        self.name = model
        self._way = way
        self._known = known

    async def stream(self, request: Request) -> AsyncGenerator[Delta]:
        """Think one step; see `Model`."""
        client = await self._way.client()
        import anthropic  # noqa: PLC0415 - loaded by then
        import httpx2  # noqa: PLC0415

        foreign = (anthropic.AnthropicError, httpx2.HTTPError, *MISFITS)
        body = asked(self.name, self._known, request)
        try:
            answer = await client.messages.create(**body, stream=True)
        except foreign as error:
            raise self._translated(error) from None
        said = _Said(self.name, self._known)
        async with answer, aclosing(pieces(aiter(answer), foreign, self._translated)) as events:
            async for event in events:
                for delta in fit(self.name, said.take(event)):
                    yield delta
        for delta in fit(self.name, said.whole()):
            yield heard(delta, request.tools)

    def _translated(self, error: Exception) -> Expected:
        import anthropic  # noqa: PLC0415
        import httpx2  # noqa: PLC0415

        if isinstance(error, anthropic.APIStatusError):
            asked_to_wait = retry_after(error.response.headers)
            text = error.api_message or error.message
            return fault(
                self.name, error.status_code, text, kind=error.type or "", retry_after=asked_to_wait
            )
        garbled = (httpx2.RemoteProtocolError, *MISFITS)
        if isinstance(error, garbled) or isinstance(error.__cause__, garbled):
            return Garbled(f"The answer of {self.name} was cut or garbled.")
        cause = error.__cause__ or error
        return Transient(f"{self.name} cannot be reached: {cause or type(cause).__name__}.")


class _Said:
    """One answer, put together from the events of its stream."""

    def __init__(self, model: str, known: Known) -> None:
        self._model = model
        self._known = known
        self._blocks: dict[int, dict[str, Any]] = {}
        self._pieces: defaultdict[tuple[int, str], list[str]] = defaultdict(list)
        self._wishes = Wishes()
        self._usage: dict[str, int] = {}
        self._stop = ""
        self._ended = False

    def take(self, event: Any) -> Iterator[Delta]:
        """Take an event; give what may be shown at once."""
        match event.type:
            case "message_start":
                self._spend(event.message.usage)
            case "content_block_start":
                self._begin(event.index, event.content_block)
            case "content_block_delta":
                yield from self._more(event.index, event.delta)
            case "message_delta":
                self._spend(event.usage)
                self._stop = event.delta.stop_reason or self._stop
            case "message_stop":
                self._ended = True

    def _begin(self, index: int, block: Any) -> None:
        found = {key: value for key, value in block.to_dict().items() if value is not None}
        self._blocks[index] = found
        if block.type == "tool_use":
            self._wishes.begin(block.id, block.name)

    def _more(self, index: int, delta: Any) -> Iterator[Delta]:
        block = self._blocks[index]
        match delta.type:
            case "text_delta":
                self._pieces[index, "text"].append(delta.text)
                yield TextDelta(delta.text)
            case "thinking_delta":
                self._pieces[index, "thinking"].append(delta.thinking)
                yield ThinkingDelta(delta.thinking)
            case "signature_delta":
                self._pieces[index, "signature"].append(delta.signature)
            case "input_json_delta":
                self._wishes.piece(block["id"], delta.partial_json)

    def _spend(self, usage: Any) -> None:
        for name in ("input_tokens", "output_tokens", "cache_read_input_tokens",
                     "cache_creation_input_tokens"):  # fmt: skip
            value = getattr(usage, name, None)
            if value is not None:
                self._usage[name] = value
        details = getattr(usage, "output_tokens_details", None)
        if details is not None and getattr(details, "thinking_tokens", None) is not None:
            self._usage["thinking"] = details.thinking_tokens

    def whole(self) -> Iterator[Delta]:
        """Give what counts only when the answer has its end."""
        if not self._ended:
            raise Garbled(f"The answer of {self._model} was cut.")
        yield Spent(self._spent())
        if self._stop == "refusal":
            raise Declined(f"{self._model} does not want to answer this.")
        cut = self._stop in _CUT
        calls = self._wishes.whole(cut=cut)
        arguments = {name: found for name, _, found in calls}
        for _, tool, found in calls:
            yield CallDelta(tool, found)
        if calls:
            yield Signed(Replay(provider=PROVIDER, parts=tuple(self._parts(arguments))))
        elif cut:
            yield TextDelta(CUT)

    def _parts(self, arguments: dict[str, Any]) -> Iterator[dict[str, Any]]:
        for (index, name), texts in self._pieces.items():
            block = self._blocks[index]
            block[name] = block.get(name, "") + "".join(texts)
        for _, block in sorted(self._blocks.items()):
            if block["type"] == "tool_use":
                yield {**block, "input": arguments[block["id"]]}
            elif block["type"] != "text" or block.get("text"):  # an empty text is refused
                yield block

    def _spent(self) -> Usage:
        found = self._usage
        cached = found.get("cache_read_input_tokens", 0)
        kept = found.get("cache_creation_input_tokens", 0)
        usage = Usage(
            input=found.get("input_tokens", 0) + cached + kept,
            output=found.get("output_tokens", 0),
            cached=cached,
            thinking=found.get("thinking", 0),
        )
        return usage.model_copy(update={"cost": self._known.cost(usage, kept)})


# What is asked ----------------------------------------------------------------------------


def asked(model: str, known: Known, request: Request) -> dict[str, Any]:
    """Return the body of a request.

    What stays the same from step to step, tools and system, is marked to be kept by the provider,
    and the end of the conversation too, which the next step begins with.
    """
    body: dict[str, Any] = {"model": model, "max_tokens": request.max_tokens}
    messages = _messages(request.exchanges)
    if known.thinking == "adaptive":
        body["thinking"] = {"type": "adaptive", "display": "summarized"}
        body["max_tokens"] += ROOM
    elif known.thinking == "budget" and _may_think(messages):
        body["thinking"] = {"type": "enabled", "budget_tokens": THINKING}
        body["max_tokens"] += THINKING
    if request.system:
        body["system"] = [{"type": "text", "text": request.system, **_KEPT}]
    if request.shown:
        body["tools"] = [
            {
                "name": spoken(tool.name),
                "description": tool.description,
                "input_schema": tool.parameters or {"type": "object", "properties": {}},
            }
            for tool in request.shown
        ]
        body["tools"][-1].update(_KEPT)
    last = messages[-1]["content"][-1]
    if last["type"] not in _THOUGHTS:
        messages[-1]["content"][-1] = {**last, **_KEPT}
    return {**body, "messages": messages}


def _messages(exchanges: Sequence[Exchange]) -> list[dict[str, Any]]:
    """Return the messages; the results of one step stand together in one of them."""
    found: list[dict[str, Any]] = []
    names: dict[str, str] = {}
    for one in exchanges:
        role = "assistant" if isinstance(one, ModelSaid) else "user"
        blocks = _blocks(one, names)
        if not blocks:
            continue
        if found and found[-1]["role"] == role:
            found[-1]["content"] += blocks
        else:
            found.append({"role": role, "content": blocks})
    return found


def _blocks(one: Exchange, names: dict[str, str]) -> list[dict[str, Any]]:
    match one:
        case UserSaid():
            images = [_image(image.type, image.data) for image in one.images]
            return [*images, *([{"type": "text", "text": one.whole}] if one.whole else [])]
        case ToolSaid():
            name = names.get(one.call_id, one.call_id)
            content = one.content or "(nothing)"
            return [{"type": "tool_result", "tool_use_id": name, "content": content,
                     "is_error": not one.ok}]  # fmt: skip
        case ModelSaid():
            if one.replay is not None and one.replay.provider == PROVIDER:
                parts = [dict(part) for part in one.replay.parts]
                uses = (part["id"] for part in parts if part["type"] == "tool_use")
                names.update(zip((call.call_id for call in one.calls), uses, strict=False))
                return parts
            return [
                *([{"type": "text", "text": one.text}] if one.text else []),
                *(
                    {"type": "tool_use", "id": call.call_id, "name": spoken(call.tool),
                     "input": call.arguments}
                    for call in one.calls
                ),
            ]  # fmt: skip


def _image(kind: str, data: bytes) -> dict[str, Any]:
    source = {"type": "base64", "media_type": kind, "data": base64.b64encode(data).decode()}
    return {"type": "image", "source": source}


def _may_think(messages: list[dict[str, Any]]) -> bool:
    """Whether thinking up to a budget is allowed: not behind another model's calls in this turn."""
    for message in reversed(messages):
        content = message["content"]
        if message["role"] == "user" and any(part["type"] != "tool_result" for part in content):
            return True
        if message["role"] == "assistant" and content[0]["type"] not in _THOUGHTS:
            return False
    return True
