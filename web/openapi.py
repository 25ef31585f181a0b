"""The description of the whole web door (OpenAPI 3.1), made from the table of its endpoints."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Sequence
from http import HTTPStatus
from importlib.metadata import version
from typing import Any

import orjson
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema
from starlette.requests import Request
from starlette.responses import Response

from web.app import Endpoint
from web.http import JSON
from web.problems import TYPE as PROBLEM
from web.sse import EVENTS

REFERENCE = "#/components/schemas/{model}"
IN_PATH = re.compile(r"\{(\w+)(?::\w+)?\}")
TEXT: dict[str, Any] = {"type": "string"}

PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "What is wrong (RFC 9457).",
    "properties": {
        "type": TEXT,
        "title": TEXT,
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "One sentence that says what is true."},
        "code": {"type": "string", "description": "A stable word for programs."},
        "retry_after": {"type": "integer", "description": "Seconds until another try helps."},
        "trace": {"type": "string", "description": "What the log says more under."},
    },
    "required": ["type", "title", "status", "detail", "code"],
}
SECURITY: dict[str, Any] = {
    "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    "bearer": {"type": "http", "scheme": "bearer"},
    "login": {"type": "apiKey", "in": "cookie", "name": "nexus"},
}


def endpoints(described: Sequence[Endpoint]) -> tuple[Endpoint, ...]:
    """Return the endpoint of the description.

    Args:
        described: all others.
    """
    made: list[bytes] = []

    async def openapi(_: Request) -> Response:
        """Describe everything that can be asked here (OpenAPI 3.1)."""
        if not made:
            made.append(orjson.dumps(document((*described, own))))
        return Response(made[0], media_type=JSON)

    own = Endpoint("GET", "/api/openapi.json", openapi, "chat")
    return (own,)


def document(described: Iterable[Endpoint]) -> dict[str, Any]:
    """Return the description."""
    table = [one for one in described if one.method != "WS"]
    sockets = [one for one in described if one.method == "WS"]
    wanted: list[tuple[type[BaseModel], JsonSchemaMode]] = []
    for one in table:
        wanted += [(one.takes, "validation")] if one.takes else []
        wanted += [(one.gives, "serialization")] if one.gives else []
    names, schemas = models_json_schema(list(dict.fromkeys(wanted)), ref_template=REFERENCE)
    paths: dict[str, dict[str, Any]] = {}
    for one in table:
        path = IN_PATH.sub(r"{\1}", one.path)
        paths.setdefault(path, {})[one.method.lower()] = _operation(one, names)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "LivOS",
            "version": version("livos"),
            "description": _about(sockets),
        },
        "paths": paths,
        "components": {
            "schemas": {**schemas.get("$defs", {}), "Problem": PROBLEM_SCHEMA},
            "securitySchemes": SECURITY,
        },
    }


def _about(sockets: Iterable[Endpoint]) -> str:
    told = "\n".join(f"WebSocket `{one.path}`: {_doc(one)}" for one in sockets)
    return f"The web door of a home server.\n\n{told}".strip()


def _operation(one: Endpoint, names: Any) -> dict[str, Any]:
    summary, _, more = _doc(one).partition("\n\n")
    found: dict[str, Any] = {
        "operationId": _identifier(one),
        "summary": summary,
        "parameters": _parameters(one),
        "responses": _responses(one, names),
        "security": _security(one),
    }
    if more:
        found["description"] = more
    if one.takes is not None:
        found["requestBody"] = _body(JSON, names[one.takes, "validation"])
    if one.form:
        file = {"type": "string", "format": "binary"}
        form = {"type": "object", "properties": {one.form: file}, "required": [one.form]}
        found["requestBody"] = _body("multipart/form-data", form)
    return found


def _doc(one: Endpoint) -> str:
    return inspect.getdoc(one.call) or ""


def _identifier(one: Endpoint) -> str:
    # The whole path: `/setup` is a page, and `/api/setup` what it asks.
    return "_".join((one.method.lower(), *re.findall(r"\w+", one.path)))


def _body(media: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"required": True, "content": {media: {"schema": schema}}}


def _security(one: Endpoint) -> list[dict[str, list[str]]]:
    if one.needs == "nothing":
        return []
    if one.needs == "login":
        return [{"login": []}]
    return [{"key": []}, {"bearer": []}, {"login": []}]


def _parameters(one: Endpoint) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {**TEXT, "minLength": 1}}
        for name in IN_PATH.findall(one.path)
    ]
    found += [
        {"name": name, "in": "query", "description": means, "schema": TEXT}
        for name, means in one.query.items()
    ]
    if one.once:
        means = "A repeat with the same key within seven days is the same request."
        schema = {**TEXT, "minLength": 1, "maxLength": 128, "pattern": "^[!-~]+$"}
        found.append(
            {"name": "Idempotency-Key", "in": "header", "description": means, "schema": schema}
        )
    if one.media == EVENTS and one.method == "GET":
        means = "The id of the last event that is known; browsers send it by themselves."
        found.append(
            {"name": "Last-Event-ID", "in": "header", "description": means, "schema": TEXT}
        )
    return found


def _responses(one: Endpoint, names: Any) -> dict[str, Any]:
    good: dict[str, Any] = {"description": HTTPStatus(one.status).phrase}
    if one.gives is not None:
        good["content"] = {JSON: {"schema": names[one.gives, "serialization"]}}
        if one.streams:
            good["content"][EVENTS] = {}
    elif one.media:
        good["content"] = {one.media: {}}
    problem = {"schema": {"$ref": REFERENCE.format(model="Problem")}}
    bad = {"description": "A problem document says what is wrong.", "content": {PROBLEM: problem}}
    if one.foreign:
        bad["content"] = {PROBLEM: problem, JSON: {"schema": {"type": "object"}}}
    return {str(one.status): good, "default": bad}
