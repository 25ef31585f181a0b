"""Everybody who speaks OpenAI's protocol: OpenAI, and local servers such as Ollama's.

It is the chat completions API, which all of them have. Nothing in it is signed.
"""

from __future__ import annotations

import base64
import json
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
from schemas.record import Usage

if TYPE_CHECKING:
    from openai import AsyncOpenAI

PROVIDER = "openai"
KEYLESS = "none"
"""Shown to a local server, which asks for no key; the library insists on one."""
_ENDS = frozenset({"stop", "length", "tool_calls", "function_call"})


def door(keys: Keys, address: str | None, bounds: Bounds) -> Door[AsyncOpenAI]:
    """Return the way to the provider; nothing is loaded before it is used.

    Args:
        keys: where the key is; another server than OpenAI's needs none.
        address: that other server.
        bounds: what an answer may take.
    """

    def make(key: str) -> AsyncOpenAI:
        from openai import AsyncOpenAI  # noqa: PLC0415 - loaded at first use

        from gateways.llm.transport import client  # noqa: PLC0415

        return AsyncOpenAI(api_key=key, base_url=address, max_retries=0, http_client=client(bounds))

    return Door(PROVIDER, keys, make, keyless=KEYLESS if address else "")


class OpenAICompatible:
    """One model behind the protocol.

    Args:
        model: its name at the server.
        way: the server's client.
        known: what it costs.
        local: whether it is another server than OpenAI's, which knows an older word for the
            longest answer.
    """

    def __init__(
        self, model: str, way: Door[AsyncOpenAI], known: Known = UNKNOWN, *, local: bool = False
    ) -> None:
        self.name = model
        self._way = way
        self._known = known
        self._local = local

    async def stream(self, request: Request) -> AsyncGenerator[Delta]:
        """Think one step; see `Model`."""
        client = await self._way.client()
        import httpx2  # noqa: PLC0415 - loaded by then
        import openai  # noqa: PLC0415

        foreign = (openai.OpenAIError, httpx2.HTTPError, *MISFITS)
        body = asked(self.name, request, local=self._local)
        try:
            answer = await client.chat.completions.create(**body, stream=True)
        except foreign as error:
            raise self._translated(error) from None
        said = _Said(self.name, self._known)
        async with answer, aclosing(pieces(aiter(answer), foreign, self._translated)) as chunks:
            async for chunk in chunks:
                for delta in fit(self.name, said.take(chunk)):
                    yield delta
        for delta in fit(self.name, said.whole()):
            yield heard(delta, request.tools)

    def _translated(self, error: Exception) -> Expected:
        import httpx2  # noqa: PLC0415
        import openai  # noqa: PLC0415

        if isinstance(error, openai.APIStatusError):
            asked_to_wait = retry_after(error.response.headers)
            kind = error.code or error.type or ""
            return fault(
                self.name, error.status_code, error.message, kind=kind, retry_after=asked_to_wait
            )
        if isinstance(error, openai.APIError) and not isinstance(error, openai.APIConnectionError):
            kind = error.code or error.type or ""
            status = int(kind) if kind.isdecimal() else 200
            return fault(self.name, status, error.message, kind=kind)
        garbled = (httpx2.RemoteProtocolError, *MISFITS)
        if isinstance(error, garbled) or isinstance(error.__cause__, garbled):
            return Garbled(f"The answer of {self.name} was cut or garbled.")
        cause = error.__cause__ or error
        return Transient(f"{self.name} cannot be reached: {cause or type(cause).__name__}.")


class _Said:
    """One answer, put together from the chunks of its stream."""

    def __init__(self, model: str, known: Known) -> None:
        self._model = model
        self._known = known
        self._wishes = Wishes()
        self._names: dict[int, str] = {}
        self._usage = Usage()
        self._reason = ""
        self._refusal = False

    def take(self, chunk: Any) -> Iterator[Delta]:
        """Take a chunk; give what may be shown at once."""
        if chunk.usage is not None:
            self._usage = self._spent(chunk.usage)
        for choice in chunk.choices[:1]:
            self._reason = choice.finish_reason or self._reason
            delta = choice.delta
            # Local servers show thoughts in a field that OpenAI's own protocol has not.
            thought = getattr(delta, "reasoning_content", None) or getattr(delta, "reasoning", None)
            if thought:
                yield ThinkingDelta(str(thought))
            if delta.content:
                yield TextDelta(delta.content)
            self._refusal = self._refusal or bool(delta.refusal)
            for call in delta.tool_calls or ():
                self._wish(call)

    def _wish(self, call: Any) -> None:
        function = call.function
        if call.index not in self._names:
            name = call.id or f"call-{call.index}"
            self._wishes.begin(name, function.name)
            self._names[call.index] = name
        elif call.id and call.id != self._names[call.index]:
            raise Garbled(f"The model gave the call {call.index} two names.")
        if function.arguments:
            self._wishes.piece(self._names[call.index], function.arguments)

    def whole(self) -> Iterator[Delta]:
        """Give what counts only when the answer has its end."""
        yield Spent(self._usage)
        if self._reason == "content_filter" or self._refusal:
            raise Declined(f"{self._model} does not want to answer this.")
        if self._reason not in _ENDS:
            raise Garbled(f"The answer of {self._model} was cut.")
        cut = self._reason == "length"
        calls = self._wishes.whole(cut=cut)
        for _, tool, arguments in calls:
            yield CallDelta(tool, arguments)
        if cut and not calls:
            yield TextDelta(CUT)

    def _spent(self, found: Any) -> Usage:
        read, written = found.prompt_tokens_details, found.completion_tokens_details
        usage = Usage(
            input=found.prompt_tokens,
            output=found.completion_tokens,
            cached=(read and read.cached_tokens) or 0,
            thinking=(written and written.reasoning_tokens) or 0,
        )
        return usage.model_copy(update={"cost": self._known.cost(usage)})


# What is asked ----------------------------------------------------------------------------


def asked(model: str, request: Request, *, local: bool) -> dict[str, Any]:
    """Return the body of a request."""
    body: dict[str, Any] = {
        "model": model,
        "messages": list(_messages(request)),
        "stream_options": {"include_usage": True},
        ("max_tokens" if local else "max_completion_tokens"): request.max_tokens,
    }
    if request.shown:
        body["tools"] = [
            {
                "type": "function",
                "function": {
                    "name": spoken(tool.name),
                    "description": tool.description,
                    "parameters": tool.parameters or {"type": "object", "properties": {}},
                },
            }
            for tool in request.shown
        ]
    return body


def _messages(request: Request) -> Iterator[dict[str, Any]]:
    if request.system:
        yield {"role": "system", "content": request.system}
    exchanges: Sequence[Exchange] = request.exchanges
    for one in exchanges:
        match one:
            case UserSaid():
                yield {"role": "user", "content": _content(one)}
            case ToolSaid():
                yield {"role": "tool", "tool_call_id": one.call_id, "content": one.content}
            case ModelSaid():
                calls = [
                    {
                        "id": call.call_id,
                        "type": "function",
                        "function": {
                            "name": spoken(call.tool),
                            "arguments": json.dumps(call.arguments),
                        },
                    }
                    for call in one.calls
                ]
                found: dict[str, Any] = {"role": "assistant", "content": one.text or None}
                if calls:
                    found["tool_calls"] = calls
                if calls or one.text:
                    yield found


def _content(said: UserSaid) -> str | list[dict[str, Any]]:
    if not said.images:
        return said.whole
    found: list[dict[str, Any]] = [
        {"type": "image_url", "image_url": {"url": _url(image.type, image.data)}}
        for image in said.images
    ]
    return [*found, *([{"type": "text", "text": said.whole}] if said.whole else [])]


def _url(kind: str, data: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"
