"""Claude's side of the Messages API, as its documentation has it."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from ops.chaos.protocol import Asked, Body, Violated, sse
from ops.chaos.script import Said, arguments, halves

_KINDS = {400: "invalid_request_error", 401: "authentication_error", 404: "not_found_error",
          429: "rate_limit_error", 500: "api_error", 529: "overloaded_error"}  # fmt: skip
_THOUGHTS = {"thinking", "redacted_thinking"}


class ClaudeWire:
    """The protocol of Anthropic's models."""

    def key(self, headers: dict[str, str]) -> str:
        """Return the key that a request carries."""
        bearer = headers.get("authorization", "").removeprefix("Bearer ")
        return headers.get("x-api-key", bearer)

    def asked(self, body: Body) -> Asked:
        """Read a request; what was signed must be what was said."""
        messages = body["messages"]
        starts = [n for n, one in enumerate(messages) if one["role"] == "user" and _words(one)]
        turn = messages[starts[-1] :]
        answers = [one for one in turn if one["role"] == "assistant"]
        for number, one in enumerate(answers):
            self._check(one["content"], body, number)
        self._check_results(turn)
        return Asked(_words(turn[0]), len(answers))

    @staticmethod
    def _check(content: list[Body], body: Body, number: int) -> None:
        kind = content[0]["type"]
        if body.get("thinking", {}).get("type") == "enabled" and kind not in _THOUGHTS:
            raise Violated(
                f"messages.{number}.content.0.type: Expected `thinking` or `redacted_thinking`,"
                f" but found `{kind}`. When `thinking` is enabled, a final `assistant` message"
                " must start with a thinking block."
            )
        ours = [part for part in content if part.get("id", "").startswith("toolu_")]
        said = [_plain(part) for part in content]
        if ours and any(part["id"].split("_")[1] != _seal(said) for part in ours):
            raise Violated(
                f"messages.{number}.content: `thinking` or `redacted_thinking` blocks in the"
                " latest assistant message cannot be modified."
            )

    @staticmethod
    def _check_results(turn: list[Body]) -> None:
        for number, one in enumerate(turn):
            if one["role"] != "assistant":
                continue
            asked = {part["id"] for part in one["content"] if part["type"] == "tool_use"}
            after = turn[number + 1]["content"] if number + 1 < len(turn) else []
            given = {part["tool_use_id"] for part in after if part["type"] == "tool_result"}
            if asked != given:
                raise Violated(
                    "`tool_use` ids were found without `tool_result` blocks immediately after:"
                    f" {', '.join(sorted(asked ^ given))}"
                )

    def frames(self, said: Said, body: Body) -> list[bytes]:
        """Return the events of an answer."""
        blocks = _blocks(said, thinks="thinking" in body)
        usage = {"input_tokens": 20, "output_tokens": 1, "cache_read_input_tokens": 100,
                 "cache_creation_input_tokens": 10}  # fmt: skip
        message = {"id": "msg_1", "type": "message", "role": "assistant", "content": [],
                   "model": body["model"], "stop_reason": None, "stop_sequence": None,
                   "usage": usage}  # fmt: skip
        found = [sse({"type": "message_start", "message": message}, "message_start"),
                 sse({"type": "ping"}, "ping")]  # fmt: skip
        for index, block in enumerate(blocks):
            found += self._block(index, block)
        why = "tool_use" if said.calls else "end_turn"
        if said.trouble == "short":  # no room was left for what the last call was about
            found, why = [one for one in found if b"partial_json" not in one], "max_tokens"
        end = {"stop_reason": why, "stop_sequence": None}
        spent = {"output_tokens": 30, "output_tokens_details": {"thinking_tokens": 12}}
        found.append(sse({"type": "message_delta", "delta": end, "usage": spent}, "message_delta"))
        return [*found, sse({"type": "message_stop"}, "message_stop")]

    @staticmethod
    def _block(index: int, block: Body) -> list[bytes]:
        sent = dict(block)
        deltas: list[Body] = []
        match block["type"]:
            case "text":
                sent["text"] = ""
                deltas = [{"type": "text_delta", "text": t} for t in halves(block["text"])]
            case "thinking":
                sent.update(thinking="", signature="")
                deltas = [
                    {"type": "thinking_delta", "thinking": t} for t in halves(block["thinking"])
                ]
                deltas.append({"type": "signature_delta", "signature": block["signature"]})
            case "tool_use":
                sent["input"] = {}
                deltas = [
                    {"type": "input_json_delta", "partial_json": t}
                    for t in ("", *halves(sent.pop("json")))
                ]
        place = {"index": index}
        start = {"type": "content_block_start", **place, "content_block": sent}
        return [
            sse(start, "content_block_start"),
            *(
                sse({"type": "content_block_delta", **place, "delta": one}, "content_block_delta")
                for one in deltas
            ),
            sse({"type": "content_block_stop", **place}, "content_block_stop"),
        ]

    def error(self, said: Said) -> Body:
        """Return the body of an answer that is an error."""
        kind = said.kind or _KINDS.get(said.status, "api_error")
        return {"type": "error", "error": {"type": kind, "message": said.message or kind}}

    def broken(self) -> bytes:
        """Return an error in the middle of an answer."""
        error = {"type": "overloaded_error", "message": "Overloaded"}
        return sse({"type": "error", "error": error}, "error")


def _words(message: Body) -> str:
    content = message["content"]
    parts = [{"type": "text", "text": content}] if isinstance(content, str) else content
    return " ".join(part["text"] for part in parts if part["type"] == "text")


def _blocks(said: Said, *, thinks: bool) -> list[Body]:
    blocks: list[Body] = []
    if said.thinking and thinks:
        signature = hashlib.sha256(said.thinking.encode()).hexdigest()
        blocks.append({"type": "thinking", "thinking": said.thinking, "signature": signature})
    if said.redacted and thinks:
        blocks.append({"type": "redacted_thinking", "data": f"redacted:{said.thinking[::-1]}"})
    text = said.text or "x" * said.size
    if text:
        blocks.append({"type": "text", "text": text})
    calls = [
        {"type": "tool_use", "name": tool, "input": json.loads(arguments(said, number)),
         "json": arguments(said, number)}
        for number, (tool, _) in enumerate(said.calls)
    ]  # fmt: skip
    if said.trouble == "twins" and not calls:
        calls = [{"type": "tool_use", "name": "time_now", "input": {}, "json": "{}"}]
    seal = _seal([_plain(block) for block in (*blocks, *calls)])
    for number, call in enumerate(calls):
        call["id"] = f"toolu_{seal}_{number}"
    if said.trouble == "twins":
        calls = [*calls, calls[0]]
    return [*blocks, *calls]


def _plain(block: Body) -> Body:
    """Return what a seal is about: all but names and marks."""
    return {k: v for k, v in block.items() if k not in {"id", "cache_control", "json"}}


def _seal(blocks: list[Any]) -> str:
    return hashlib.sha256(json.dumps(blocks, sort_keys=True).encode()).hexdigest()[:24]
