"""Types: what the events of a type must look like, and in which version."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from gateways.machines.docker_events import TYPES as DOCKER
from schemas import events
from schemas.errors import Invalid
from schemas.events import EventType, Told

_PLAIN = {"type": "object"}
OURS = (
    *(EventType(type=kind, about=about, schema=_PLAIN) for kind, about in events.OURS.items()),
    *DOCKER,
)
"""What this server tells by itself, described."""


class Form:
    """One version of one type.

    Args:
        described: what it is.
    """

    def __init__(self, described: EventType) -> None:
        self.described = described

    @cached_property
    def _validator(self) -> Any:
        import jsonschema_rs  # noqa: PLC0415 - loaded with the first event of a known type

        # Nothing is fetched for a schema, and a pattern takes time in proportion to its text.
        return jsonschema_rs.Draft202012Validator(
            self.described.form, offline=True, pattern_options=jsonschema_rs.RegexOptions()
        )

    def compiled(self) -> None:
        """Make sure that the schema is one.

        Raises:
            Invalid: it is none.
        """
        if _deep(self.described.form):
            raise Invalid(f"The schema of {self.described.type} is too deep.")
        try:
            _ = self._validator
        except (ValueError, TypeError) as error:
            said = " ".join(str(error).split())[:300]
            raise Invalid(f"The schema of {self.described.type} is none: {said}") from None

    def check(self, data: dict[str, Any]) -> None:
        """Check the data of an event.

        Raises:
            Invalid: it does not fit; the text begins with the path of the fault, and does not
                repeat what is there.
        """
        fault = next(iter(self._validator.iter_errors(data)), None)
        if fault is None:
            return
        where = "".join(f"/{_escaped(part)}" for part in fault.instance_path) or "/"
        rule = "/".join(map(str, fault.schema_path))
        named = f"{self.described.type} (version {self.described.version})"
        raise Invalid(f"{where}: {_wanted(fault)}. It does not fit {named}, at {rule}.")


class Types:
    """The types as they are at this moment.

    Args:
        types: all of them; a subclass may know newer ones.
        strict: whether an event of a type that nobody described is refused.
    """

    def __init__(self, types: Iterable[EventType] = (), *, strict: bool = False) -> None:
        self._forms = forms(types)
        self.strict = strict

    def now(self) -> Mapping[str, Mapping[int, Form]]:
        """Return today's types, each with its versions."""
        return self._forms

    def check(self, kind: str, data: dict[str, Any], version: int | None = None) -> int | None:
        """Check an event; return the version it is of, None where its type is not described.

        Raises:
            Invalid: it does not fit its type, or its type is not described and must be.
        """
        versions = self.now().get(kind)
        if versions is None:
            if self.strict or version is not None:
                raise Invalid(f"Nobody described the type {kind}; see `nexus events types`.")
            return None
        chosen = version or max(versions)
        if chosen not in versions:
            known = ", ".join(map(str, sorted(versions)))
            raise Invalid(f"There is no version {chosen} of {kind}; there is {known}.")
        versions[chosen].check(data)
        return chosen

    def described(self) -> list[EventType]:
        """Return all of them, by name and version."""
        return [
            form.described
            for _, versions in sorted(self.now().items())
            for _, form in sorted(versions.items())
        ]


def forms(types: Iterable[EventType]) -> dict[str, dict[int, Form]]:
    """Return types by name and version.

    Raises:
        Invalid: a schema is none.
    """
    found: dict[str, dict[int, Form]] = {}
    for one in types:
        found.setdefault(one.type, {})[one.version] = Form(one)
    return found


def asyncapi(document: dict[str, Any], types: Iterable[EventType]) -> dict[str, Any]:
    """Return the AsyncAPI document with the types as messages of `events`.

    Args:
        document: of the pipeline.
        types: what events are described.
    """
    channel = document["channels"]["events"]
    components = document["components"]
    for one in types:
        name = f"{one.type}.v{one.version}"
        inner = {"type": {"const": one.type}, "data": _inlined(one.form)}
        components["schemas"][name] = {
            "allOf": [
                {"$ref": f"#/components/schemas/{Told.__name__}"},
                {"type": "object", "properties": inner},
            ]
        }
        components["messages"][name] = {
            "name": one.type,
            "title": f"{one.type}, version {one.version}",
            "summary": one.about,
            "payload": {"$ref": f"#/components/schemas/{name}"},
        }
        channel["messages"][name] = {"$ref": f"#/components/messages/{name}"}
    return document


def _inlined(form: dict[str, Any]) -> Any:
    """Return a schema that refers to nothing: inside a document `#/…` is the document's."""
    import jsonschema_rs  # noqa: PLC0415

    found = dict(jsonschema_rs.dereference(form, offline=True))
    found.pop("$defs", None)
    # One that contains itself cannot be written down without a name; `types show` has it.
    return True if '"$ref"' in json.dumps(found) else found


def _wanted(fault: Any) -> str:
    # The library's own sentence repeats the value, and that may be a secret.
    kind = type(fault.kind).__name__.removeprefix("ValidationErrorKind_")
    about = {
        name: getattr(fault.kind, name)
        for name in ("property", "types", "limit", "pattern", "unexpected", "options", "format")
        if hasattr(fault.kind, name)
    }
    words = ", ".join(f"{name} {value}" for name, value in about.items())
    return f"{kind.lower()} {words}".strip()[:300]


def _escaped(part: object) -> str:
    return str(part)[:64].replace("~", "~0").replace("/", "~1")


def _deep(value: Any, most: int = 64) -> bool:
    level = [value]
    for _ in range(most):
        level = [
            inner
            for one in level
            if isinstance(one, dict | list)
            for inner in (one.values() if isinstance(one, dict) else one)
        ]
        if not level:
            return False
    return True
