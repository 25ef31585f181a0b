"""Gemini, through Google's own library and its generateContent API.

A step that ends in function calls carries thought signatures, which must come back where they
were, or the API refuses the next request (docs: "Thought signatures").
"""

from __future__ import annotations

import json
import re
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
from gateways.llm.faults import Declined, Garbled, fault, quoted, retry_after
from gateways.llm.models import UNKNOWN, Known
from gateways.llm.naming import heard, spoken
from gateways.llm.wishes import CALLS, MOST
from schemas.errors import Expected, Transient
from schemas.record import Replay, Usage

if TYPE_CHECKING:
    from google.genai.client import AsyncClient
    from google.genai.types import Content, GenerateContentConfig, Part

PROVIDER = "gemini"
ROOM = 8_192
"""Further tokens for a model that thinks."""
STRANGER = b"skip_thought_signature_validator"
"""What stands in for the signature of a call that another model wished for (docs, FAQ)."""
_DECLINED = frozenset(
    {"SAFETY", "RECITATION", "LANGUAGE", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII",
     "IMAGE_SAFETY", "ESCALATION", "MODEL_ARMOR"}
)  # fmt: skip
_WHOLE = frozenset({"STOP", "MAX_TOKENS"})
_SECONDS = re.compile(r"(\d+(?:\.\d+)?)s")


def door(keys: Keys, address: str | None, bounds: Bounds) -> Door[AsyncClient]:
    """Return the way to the provider; nothing is loaded before it is used.

    Args:
        keys: where the key is.
        address: another server than the provider's.
        bounds: what an answer may take.
    """

    def make(key: str) -> AsyncClient:
        from google.genai import Client  # noqa: PLC0415 - loaded at first use
        from google.genai.types import HttpOptions  # noqa: PLC0415

        from gateways.llm.transport import client  # noqa: PLC0415

        # With a client of ours the library does not look for another HTTP library, whose limit
        # would be on the whole answer; without retry options it does not retry.
        options = HttpOptions(base_url=address, httpx_async_client=client(bounds))
        return Client(api_key=key, vertexai=False, http_options=options).aio

    return Door(PROVIDER, keys, make)


class Gemini:
    """One of Google's models.

    Args:
        model: its name at the provider.
        way: the provider's client.
        known: what it costs, and how it is asked to think.
    """

    def __init__(self, model: str, way: Door[AsyncClient], known: Known = UNKNOWN) -> None:
        self.name = model
        self._way = way
        self._known = known

    async def stream(self, request: Request) -> AsyncGenerator[Delta]:
        """Think one step; see `Model`."""
        client = await self._way.client()
        import httpx2  # noqa: PLC0415 - loaded by then
        from google.genai import errors  # noqa: PLC0415

        foreign = (errors.APIError, httpx2.HTTPError, *MISFITS)
        try:
            answer = await client.models.generate_content_stream(
                model=self.name,
                contents=list(contents(request.exchanges)),
                config=config(self._known, request),
            )
        except foreign as error:
            raise self._translated(error) from None
        said = _Said(self.name, self._known)
        async with aclosing(pieces(answer, foreign, self._translated)) as chunks:
            async for chunk in chunks:
                for delta in fit(self.name, said.take(chunk)):
                    yield delta
        for delta in fit(self.name, said.whole()):
            yield heard(delta, request.tools)

    def _translated(self, error: Exception) -> Expected:
        import httpx2  # noqa: PLC0415
        from google.genai import errors  # noqa: PLC0415

        if isinstance(error, errors.APIError):
            wait = _asked_to_wait(error.details)
            if wait is None:
                wait = retry_after(getattr(error.response, "headers", None) or {})
            status = error.code if isinstance(error.code, int) else 200
            text = f"{error.message or ''} {_reasons(error.details)}".strip()
            return fault(self.name, status, text, kind=error.status or "", retry_after=wait)
        if isinstance(error, (httpx2.RemoteProtocolError, *MISFITS)):
            return Garbled(f"The answer of {self.name} was cut or garbled.")
        return Transient(f"{self.name} cannot be reached: {error or type(error).__name__}.")


def _details(details: Any) -> Iterator[dict[str, Any]]:
    """Yield the typed details of an error (google.rpc.Status)."""
    error = details.get("error", details) if isinstance(details, dict) else {}
    found = error.get("details") if isinstance(error, dict) else None
    yield from (one for one in (found if isinstance(found, list) else ()) if isinstance(one, dict))


def _asked_to_wait(details: Any) -> float | None:
    for one in _details(details):
        if found := _SECONDS.fullmatch(str(one.get("retryDelay", ""))):
            return float(found[1])
    return None


def _reasons(details: Any) -> str:
    return " ".join(str(one["reason"]) for one in _details(details) if "reason" in one)


class _Said:
    """One answer, put together from the chunks of its stream."""

    def __init__(self, model: str, known: Known) -> None:
        self._model = model
        self._known = known
        self._parts: list[dict[str, Any]] = []
        self._texts: list[str] = []
        self._calls: list[tuple[str, dict[str, Any]]] = []
        self._ids: set[str] = set()
        self._usage = Usage()
        self._reason = ""

    def take(self, chunk: Any) -> Iterator[Delta]:
        """Take a chunk; give what may be shown at once."""
        feedback = chunk.prompt_feedback
        if feedback is not None and feedback.block_reason is not None:
            raise Declined(f"{self._model} does not want to answer this.")
        if chunk.usage_metadata is not None:
            self._usage = self._spent(chunk.usage_metadata)
        for candidate in (chunk.candidates or ())[:1]:
            if candidate.finish_reason is not None:
                self._reason = candidate.finish_reason.value
            parts = candidate.content.parts if candidate.content else None
            for part in parts or ():
                self._keep(part)
                if part.function_call is not None:
                    self._wish(part.function_call)
                elif part.text:
                    yield (ThinkingDelta if part.thought else TextDelta)(part.text)

    def _wish(self, call: Any) -> None:
        arguments = call.args or {}
        if call.id and call.id in self._ids:
            raise Garbled(f"The model named two calls {quoted(call.id)}.")
        if len(json.dumps(arguments)) > MOST:
            raise Garbled(f"The arguments of {quoted(call.name)} are larger than {MOST} bytes.")
        if len(self._calls) == CALLS:
            raise Garbled(f"The model wished for more than {CALLS} calls at once.")
        self._ids.add(call.id or "")
        self._calls.append((call.name, arguments))

    def _keep(self, part: Part) -> None:
        """Keep a part as it came; words that nothing is signed about may stand together."""
        if part.text is not None and part.thought_signature is None and part.function_call is None:
            last = self._parts[-1] if self._parts else None
            alike = last is not None and last.keys() <= {"text", "thought"} and "text" in last
            if last is not None and alike and bool(last.get("thought")) == bool(part.thought):
                self._texts.append(part.text)
                return
        self._seal()
        found = part.model_dump(mode="json", exclude_none=True)
        self._parts.append(found)

    def _seal(self) -> None:
        if self._texts:
            self._parts[-1]["text"] += "".join(self._texts)
            self._texts.clear()

    def whole(self) -> Iterator[Delta]:
        """Give what counts only when the answer has its end."""
        yield Spent(self._usage)
        if self._reason in _DECLINED:
            raise Declined(f"{self._model} does not want to answer this.")
        if self._reason not in _WHOLE:
            why = f"ended with {self._reason}" if self._reason else "was cut"
            raise Garbled(f"The answer of {self._model} {why}.")
        for tool, arguments in self._calls:
            yield CallDelta(tool, arguments)
        if self._calls:
            self._seal()
            yield Signed(Replay(provider=PROVIDER, parts=tuple(self._parts)))
        elif self._reason == "MAX_TOKENS":
            yield TextDelta(CUT)

    def _spent(self, found: Any) -> Usage:
        thinking = found.thoughts_token_count or 0
        usage = Usage(
            input=(found.prompt_token_count or 0) + (found.tool_use_prompt_token_count or 0),
            output=(found.candidates_token_count or 0) + thinking,
            cached=found.cached_content_token_count or 0,
            thinking=thinking,
        )
        return usage.model_copy(update={"cost": self._known.cost(usage)})


# What is asked ----------------------------------------------------------------------------


def config(known: Known, request: Request) -> GenerateContentConfig:
    """Return all of a request but the conversation."""
    from google.genai import types  # noqa: PLC0415

    thinks = known.thinking != "off"
    tools = [
        types.FunctionDeclaration(
            name=spoken(tool.name),
            description=tool.description,
            parameters_json_schema=tool.parameters or {"type": "object", "properties": {}},
        )
        for tool in request.shown
    ]
    return types.GenerateContentConfig(
        system_instruction=request.system or None,
        max_output_tokens=request.max_tokens + (ROOM if thinks else 0),
        tools=[types.Tool(function_declarations=tools)] if tools else None,
        # The library would run tools by itself, past our tiers and our record.
        automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
        thinking_config=types.ThinkingConfig(include_thoughts=True) if thinks else None,
    )


def contents(exchanges: Sequence[Exchange]) -> Iterator[Content]:
    """Yield the conversation; the results of one step stand together."""
    from google.genai import types  # noqa: PLC0415

    names: dict[str, str | None] = {}
    role = ""
    parts: list[Part] = []
    for one in exchanges:
        whose = "model" if isinstance(one, ModelSaid) else "user"
        if whose != role and parts:
            yield types.Content(role=role, parts=parts)
            parts = []
        role = whose
        parts += _parts(one, names)
    if parts:
        yield types.Content(role=role, parts=parts)


def _parts(one: Exchange, names: dict[str, str | None]) -> Iterator[Part]:
    from google.genai import types  # noqa: PLC0415

    match one:
        case UserSaid():
            for image in one.images:
                yield types.Part.from_bytes(data=image.data, mime_type=image.type)
            if one.whole:
                yield types.Part(text=one.whole)
        case ToolSaid():
            answer = {"output" if one.ok else "error": one.content}
            yield types.Part(
                function_response=types.FunctionResponse(
                    id=names.get(one.call_id), name=spoken(one.tool), response=answer
                )
            )
        case ModelSaid() if one.replay is not None and one.replay.provider == PROVIDER:
            # As JSON, because signatures are bytes.
            found = [types.Part.model_validate_json(json.dumps(p)) for p in one.replay.parts]
            wished = [part.function_call.id for part in found if part.function_call is not None]
            names.update(zip((call.call_id for call in one.calls), wished, strict=False))
            yield from found
        case ModelSaid():
            if one.text:
                yield types.Part(text=one.text)
            for number, call in enumerate(one.calls):
                yield types.Part(
                    function_call=types.FunctionCall(name=spoken(call.tool), args=call.arguments),
                    thought_signature=None if number else STRANGER,
                )
