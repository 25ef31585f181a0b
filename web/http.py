"""JSON in and out, within bounds."""

from __future__ import annotations

from typing import Any, TypeVar

import orjson
from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from schemas.errors import Invalid, Refused
from schemas.faults import plain

Body = TypeVar("Body", bound=BaseModel)

DEEPEST = 32
"""Lists and objects inside each other, at most."""
JSON = "application/json"


class NotJson(Refused):
    """The body is of another kind than this endpoint reads."""

    code = "not_json"
    status = 415


def only_json(request: Request) -> None:
    """Take a body only if it says that it is JSON: no form of a foreign page can say so.

    Raises:
        NotJson: it does not.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != JSON:
        raise NotJson("Send JSON, with the header Content-Type: application/json.")


async def read(request: Request, form: type[Body]) -> Body:
    """Return the body of a request as what it must be.

    How large it may be and how long it may take is the endpoint's bound (`web.app.Endpoint`).

    Raises:
        NotJson: it does not say that it is JSON.
        Invalid: it is not JSON, too deep, or does not fit.
    """
    only_json(request)
    try:
        found = orjson.loads(await request.body())
    except orjson.JSONDecodeError:
        raise Invalid("The body is not JSON.") from None
    if deeper(found, DEEPEST):
        raise Invalid(f"The body holds more than {DEEPEST} lists and objects inside each other.")
    try:
        return form.model_validate(found)
    except ValidationError as error:
        raise Invalid(sentence(error)) from None


def deeper(value: Any, most: int) -> bool:
    """Whether a JSON value has more than `most` lists and objects inside each other."""
    level = [value]
    for _ in range(most):
        level = [one for one in level if isinstance(one, dict | list)]
        if not level:
            return False
        level = [
            inner for one in level for inner in (one.values() if isinstance(one, dict) else one)
        ]
    return any(isinstance(one, dict | list) for one in level)


def sentence(error: ValidationError) -> str:
    """Say what the first fault is and where; never what was given there, it may be a secret."""
    first = error.errors(include_input=False, include_url=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where or 'The body'}: {plain(first)}."


def answer(found: BaseModel | dict[str, Any], status: int = 200) -> Response:
    """Return a JSON answer."""
    body = found.model_dump_json().encode() if isinstance(found, BaseModel) else orjson.dumps(found)
    return Response(body, status, media_type=JSON)


def nothing() -> Response:
    """Return an answer that says only that it is done."""
    return Response(status_code=204)
