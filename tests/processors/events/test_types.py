"""An event fits its type, or is refused with the path of the fault and none of its values."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from processors.events.types import Form, Types, asyncapi
from processors.pipeline import STAGES
from schemas.errors import Invalid
from schemas.events import EventType
from streams import asyncapi as asyncapi_of

FORM = {
    "type": "object",
    "properties": {
        "free": {"type": "integer", "minimum": 0},
        "parts": {"type": "array", "items": {"type": "object", "required": ["name"]}},
        "path": {"type": "string", "pattern": "^/"},
    },
    "required": ["free"],
    "additionalProperties": False,
}


def described(form: dict[str, Any] | None = None, version: int = 1) -> EventType:
    return EventType(type="disk.full", version=version, schema=FORM if form is None else form)


@pytest.mark.parametrize(
    ("data", "where"),
    [
        ({}, "/: "),
        ({"free": "canary"}, "/free: "),
        ({"free": 1, "parts": [{"name": 1}, {"canary": 2}]}, "/parts/1: "),
        ({"free": 1, "path": "canary"}, "/path: "),
        ({"free": -1}, "/free: "),
    ],
)
def test_the_fault_is_named_by_its_path(data: dict[str, Any], where: str) -> None:
    with pytest.raises(Invalid) as told:
        Types((described(),)).check("disk.full", data)
    assert str(told.value).startswith(where)
    assert "canary" not in str(told.value)


def test_versions_stand_beside_each_other() -> None:
    types = Types((described(), described({"required": ["used"]}, 2)))
    assert types.check("disk.full", {"used": 1}) == 2
    assert types.check("disk.full", {"free": 1}, 1) == 1
    with pytest.raises(Invalid, match="version 3"):
        types.check("disk.full", {}, 3)


def test_a_type_that_nobody_described() -> None:
    assert Types().check("door.open", {"x": 1}) is None
    with pytest.raises(Invalid):
        Types(strict=True).check("door.open", {})


@pytest.mark.parametrize(
    "form",
    [
        {"type": "nope"},
        {"$ref": "http://127.0.0.1:9/x"},
        {"$ref": "file:///etc/passwd"},
        {"$ref": "#/nowhere"},
        {"pattern": "("},
    ],
)
def test_what_is_no_schema_is_refused_and_nothing_is_fetched(form: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        Form(described(form)).compiled()


def test_a_pattern_takes_no_more_time_than_its_text_is_long() -> None:
    types = Types((described({"properties": {"a": {"pattern": "^(a+)+$"}}}),))
    with pytest.raises(Invalid):
        types.check("disk.full", {"a": "a" * 50_000 + "!"})


def test_the_document_for_programs_has_every_type_and_refers_to_what_is_there() -> None:
    inner = {"$defs": {"a": {"type": "integer"}}, "properties": {"free": {"$ref": "#/$defs/a"}}}
    itself = {"properties": {"x": {"$ref": "#"}}}
    described = (
        EventType(type="disk.full", schema=inner),
        EventType(type="tree.grew", version=2, schema=itself),
    )
    found = asyncapi(asyncapi_of.document(STAGES, "1"), described)
    message = found["components"]["messages"]["disk.full.v1"]
    assert found["channels"]["events"]["messages"]["disk.full.v1"]["$ref"].endswith("/disk.full.v1")
    (_, own) = found["components"]["schemas"]["disk.full.v1"]["allOf"]
    assert own["properties"]["data"]["properties"] == {"free": {"type": "integer"}}
    assert message["name"] == "disk.full"
    for reference in re.findall(r'"\$ref": "([^"]+)"', json.dumps(found)):
        place: Any = found
        for part in reference.removeprefix("#/").split("/"):
            place = place[part.replace("~1", "/").replace("~0", "~")]
