"""Gemini's side of the generateContent API, as its documentation has it."""

from __future__ import annotations

import base64
import hashlib
import json

from ops.chaos.protocol import Asked, Body, Violated, sse
from ops.chaos.script import Said, arguments, halves

_KINDS = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED",
          404: "NOT_FOUND", 429: "RESOURCE_EXHAUSTED", 500: "INTERNAL",
          503: "UNAVAILABLE", 529: "UNAVAILABLE"}  # fmt: skip
STRANGER = "skip_thought_signature_validator"
"""What the documentation lets stand for the signature of another model's call."""


class GeminiWire:
    """The protocol of Google's models."""

    def key(self, headers: dict[str, str]) -> str:
        """Return the key that a request carries."""
        return headers.get("x-goog-api-key", "")

    def asked(self, body: Body) -> Asked:
        """Read a request; what was signed must be what was said."""
        contents = body["contents"]
        starts = [n for n, one in enumerate(contents) if one["role"] == "user" and _words(one)]
        turn = contents[starts[-1] :]
        answers = [one for one in turn if one["role"] == "model"]
        for number, one in enumerate(answers):
            self._check(one["parts"], number)
        for number, one in enumerate(turn):
            calls = sum("functionCall" in part for part in one["parts"])
            after = turn[number + 1]["parts"] if number + 1 < len(turn) else []
            results = sum("functionResponse" in part for part in after)
            if one["role"] == "model" and calls != results:
                raise Violated(
                    "Please ensure that the number of function response parts is equal to the"
                    " number of function call parts of the function call turn."
                )
        return Asked(_words(turn[0]), len(answers))

    @staticmethod
    def _check(parts: list[Body], number: int) -> None:
        calls = [part for part in parts if "functionCall" in part]
        if not calls:
            return
        name = calls[0]["functionCall"]["name"]
        signature = calls[0].get("thoughtSignature", "")
        if not signature:
            raise Violated(
                f"Function call `{name}` in the {number}. content block is missing a"
                " `thought_signature`."
            )
        if base64.urlsafe_b64decode(signature) in {STRANGER.encode(), _seal(parts)}:
            return
        raise Violated("Thought signature is not valid.")

    def frames(self, said: Said, body: Body) -> list[bytes]:
        """Return the chunks of an answer."""
        parts: list[Body] = []
        if said.thinking and "thinkingConfig" in body.get("generationConfig", {}):
            parts += ({"text": text, "thought": True} for text in halves(said.thinking))
        text = said.text or "x" * said.size
        parts += ({"text": piece} for piece in (halves(text) if text else ()))
        calls: list[Body] = [
            {"functionCall": {"name": tool, "args": json.loads(arguments(said, n)), "id": f"fc{n}"}}
            for n, (tool, _) in enumerate(said.calls)
        ]
        if said.trouble == "twins":
            twin = {"functionCall": {"name": "time_now", "args": {}, "id": "fc0"}}
            calls = [*(calls or [twin]), twin]
        if calls:
            signed = base64.urlsafe_b64encode(_seal([*parts, *calls])).decode()
            calls[0]["thoughtSignature"] = signed
        parts += calls
        usage = {"promptTokenCount": 130, "cachedContentTokenCount": 100,
                 "candidatesTokenCount": 18, "thoughtsTokenCount": 12,
                 "totalTokenCount": 160}  # fmt: skip
        found = [self._chunk(part) for part in parts]
        end = "MAX_TOKENS" if said.trouble == "short" else "STOP"
        return [*found, self._chunk({"text": ""}, finishReason=end, usage=usage)]

    @staticmethod
    def _chunk(part: Body, usage: Body | None = None, **more: str) -> bytes:
        content = {"role": "model", "parts": [part]}
        chunk: Body = {"candidates": [{"content": content, "index": 0, **more}]}
        return sse({**chunk, **({"usageMetadata": usage} if usage else {})})

    def error(self, said: Said) -> Body:
        """Return the body of an answer that is an error; the pause it asks for stands in it."""
        kind = said.kind or _KINDS.get(said.status, "INTERNAL")
        details: list[Body] = []
        if said.retry_after is not None:
            details = [
                {"@type": "type.googleapis.com/google.rpc.RetryInfo",
                 "retryDelay": f"{said.retry_after:g}s"}
            ]  # fmt: skip
        error = {"code": said.status, "message": said.message or kind, "status": kind}
        return {"error": {**error, "details": details}}

    def broken(self) -> bytes:
        """Return an error in the middle of an answer."""
        return sse({"error": {"code": 503, "message": "Overloaded.", "status": "UNAVAILABLE"}})


def _words(content: Body) -> str:
    return " ".join(part["text"] for part in content["parts"] if part.get("text"))


def _seal(parts: list[Body]) -> bytes:
    """Return a signature of what was thought, said and wished, however it was cut into pieces."""
    thought = "".join(part["text"] for part in parts if part.get("thought"))
    text = "".join(part.get("text", "") for part in parts if not part.get("thought"))
    calls = [part["functionCall"] for part in parts if "functionCall" in part]
    whole = json.dumps([thought, text, calls], sort_keys=True)
    return hashlib.sha256(whole.encode()).digest()
