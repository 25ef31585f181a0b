"""The chat completions API, as OpenAI's documentation has it and local servers speak it."""

from __future__ import annotations

from typing import Any

from ops.chaos.protocol import Asked, Body, Violated, sse
from ops.chaos.script import Said, arguments, halves

_KINDS = {400: "invalid_request_error", 401: "invalid_api_key", 404: "model_not_found",
          429: "rate_limit_exceeded", 500: "server_error"}  # fmt: skip


class OpenAIWire:
    """The protocol of OpenAI's models, and of everybody who took it over."""

    def key(self, headers: dict[str, str]) -> str:
        """Return the key that a request carries."""
        return headers.get("authorization", "").removeprefix("Bearer ")

    def asked(self, body: Body) -> Asked:
        """Read a request; each call must have its result."""
        messages = body["messages"]
        starts = [n for n, one in enumerate(messages) if one["role"] == "user"]
        turn = messages[starts[-1] :]
        answers = [one for one in turn if one["role"] == "assistant"]
        wished = [call["id"] for one in answers for call in one.get("tool_calls", ())]
        given = [one["tool_call_id"] for one in turn if one["role"] == "tool"]
        if wished != given:
            raise Violated(
                "An assistant message with 'tool_calls' must be followed by tool messages"
                " responding to each 'tool_call_id'."
            )
        return Asked(_words(turn[0]["content"]), len(answers))

    def frames(self, said: Said, body: Body) -> list[bytes]:
        """Return the chunks of an answer."""
        deltas: list[Body] = [{"role": "assistant", "content": ""}]
        deltas += ({"reasoning_content": text} for text in halves(said.thinking) if text)
        text = said.text or "x" * said.size
        deltas += ({"content": piece} for piece in halves(text) if piece)
        for index, (tool, _) in enumerate(said.calls):
            deltas += _call(index, f"call_{index}", tool, arguments(said, index))
        if said.trouble == "twins":
            deltas += _call(98, "call_twin", "time_now", "{}")
            deltas += _call(99, "call_twin", "time_now", "{}")
        end = "tool_calls" if said.calls else "stop"
        if said.trouble == "short":  # no room was left for what the last call was about
            deltas, end = deltas[:-2] if said.calls else deltas, "length"
        found = [self._chunk(body, delta) for delta in deltas]
        found.append(self._chunk(body, {}, end))
        usage = {"prompt_tokens": 130, "completion_tokens": 30, "total_tokens": 160,
                 "prompt_tokens_details": {"cached_tokens": 100},
                 "completion_tokens_details": {"reasoning_tokens": 12}}  # fmt: skip
        last = {**self._head(body), "choices": [], "usage": usage}
        return [*found, sse(last), b"data: [DONE]\n\n"]

    def _chunk(self, body: Body, delta: Body, reason: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": reason}
        return sse({**self._head(body), "choices": [choice]})

    @staticmethod
    def _head(body: Body) -> Body:
        head: dict[str, Any] = {"id": "chatcmpl-1", "object": "chat.completion.chunk"}
        return {**head, "created": 1_700_000_000, "model": body["model"]}

    def error(self, said: Said) -> Body:
        """Return the body of an answer that is an error."""
        kind = said.kind or _KINDS.get(said.status, "server_error")
        return {"error": {"message": said.message or kind, "type": kind, "code": kind,
                          "param": None}}  # fmt: skip

    def broken(self) -> bytes:
        """Return an error in the middle of an answer."""
        return sse({"error": {"message": "Overloaded.", "type": "server_error", "code": None}})


def _words(content: Any) -> str:
    if isinstance(content, str):
        return content
    return " ".join(part["text"] for part in content if part["type"] == "text")


def _call(index: int, name: str, tool: str, words: str) -> list[Body]:
    function = {"name": tool, "arguments": ""}
    begun = {"index": index, "id": name, "type": "function", "function": function}
    pieces = [{"index": index, "function": {"arguments": text}} for text in halves(words)]
    return [{"tool_calls": [one]} for one in (begun, *pieces)]
