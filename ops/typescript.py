"""`python -m ops.typescript [--check]`: writes our messages for the page, as TypeScript."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from pydantic import TypeAdapter

from ops.reference import ROOT
from schemas import (
    channels,
    desktop,
    events,
    execution,
    feed,
    flow,
    foreign,
    monitor,
    notices,
    panel,
    people,
    web,
)

FILE = ROOT / "web/ui/src/generated.ts"
HEAD = "/** Made from schemas/ by `make types`; a test fails when it is stale. */\n"

Schema = Mapping[str, Any]

GIVEN: tuple[Any, ...] = (
    channels.ChannelsView,
    channels.ChannelTested,
    channels.IdentitiesView,
    channels.PairingsView,
    desktop.LayoutKept,
    events.RulesView,
    execution.CallOutcome,
    execution.ToolsShown,
    feed.LiveEvent,
    flow.AskingsView,
    flow.FlowView,
    flow.LettersView,
    flow.SpentView,
    flow.TraceView,
    flow.DeskAnswer,
    flow.ReplayView,
    foreign.ForeignView,
    monitor.ContainersView,
    monitor.HistoryView,
    monitor.LogView,
    monitor.MachineView,
    monitor.ProcessesView,
    monitor.RedisesView,
    monitor.ServicesView,
    notices.NoticesLive,
    notices.NoticesView,
    panel.AboutShown,
    panel.GuidePage,
    panel.ModelsShown,
    panel.SettingsShown,
    panel.SpentShown,
    panel.Trial,
    people.KeyMade,
    people.KeysShown,
    people.LoginsShown,
    people.Me,
    people.PeopleShown,
    people.PersonShown,
    people.RecoveryCodes,
    people.SetupState,
    people.TotpOffer,
    web.Hits,
    web.Models,
    web.ApprovalsShown,
    web.DecidedShown,
    web.GrantsShown,
    web.TypesView,
    web.Receipt,
    web.Sessions,
    web.Snapshot,
    web.Turns,
)
"""What the server says: every field is there, also those with a default."""
TAKEN: tuple[Any, ...] = (
    channels.ChannelForm,
    channels.PairForm,
    desktop.Layout,
    execution.Execute,
    flow.DeskForm,
    foreign.ClassifyForm,
    notices.Seen,
    panel.KeyGiven,
    panel.SettingsForm,
    panel.TrialForm,
    people.KeyForm,
    people.FreshPassword,
    people.Invitation,
    people.LoginForm,
    people.PasswordForm,
    people.ProofForm,
    people.SetupForm,
    people.TotpEnd,
    people.TotpForm,
    people.TotpProof,
    web.Ask,
    web.Rename,
)
"""What the server hears: a field with a default may be left out."""
UNIONS: Mapping[str, Any] = {"LiveEvent": feed.LiveEvent}
"""Unions that have a name of their own."""


def page() -> str:
    """Return the whole file.

    Raises:
        ValueError: two different types have one name.
    """
    found: dict[str, str] = {}
    for types, given in ((GIVEN, True), (TAKEN, False)):
        for name, schema in definitions(types, given=given).items():
            declared = declaration(name, schema, whole=given)
            if found.setdefault(name, declared) != declared:
                raise ValueError(f"{name} is two types: given and taken differ; name them apart")
    for name, union in UNIONS.items():
        found[name] = f"export type {name} = {typed(TypeAdapter(union).json_schema())};\n"
    return "\n".join([HEAD, *(found[name] for name in sorted(found))])


def definitions(types: Iterable[Any], *, given: bool) -> dict[str, Schema]:
    """Return the JSON schema of every object that these types are made of, by name."""
    mode: Literal["serialization", "validation"] = "serialization" if given else "validation"
    each = [(number, mode, TypeAdapter(one)) for number, one in enumerate(types)]
    _, schema = TypeAdapter.json_schemas(each)
    found: dict[str, Schema] = schema.get("$defs", {})
    return found


def declaration(name: str, schema: Schema, *, whole: bool) -> str:
    """Return one exported type with its description; a `whole` one lacks no field."""
    described = comment(schema.get("description", ""))
    if "properties" not in schema:
        return f"{described}export type {name} = {typed(schema)};\n"
    fields = "".join(f"  {line}\n" for line in members(schema, whole=whole))
    return f"{described}export interface {name} {{\n{fields}}}\n"


def comment(text: str) -> str:
    """Return the first sentence of a docstring, as TypeScript has them."""
    first = " ".join(text.partition("\n\n")[0].split()).replace("*/", "* /")
    return f"/** {first} */\n" if first else ""


def members(schema: Schema, *, whole: bool) -> list[str]:
    """Return the fields of an object, one a line."""
    needed = set(schema["properties"] if whole else schema.get("required", ()))
    return [
        f"{name}{'' if name in needed else '?'}: {typed(each)};"
        for name, each in schema["properties"].items()
    ]


def typed(schema: Schema) -> str:  # noqa: PLR0911 - one line per word of JSON schema
    """Return the TypeScript type of a JSON schema.

    Raises:
        ValueError: it holds a word that is not known here.
    """
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "const" in schema:
        return json.dumps(schema["const"])
    if "enum" in schema:
        return " | ".join(json.dumps(each) for each in schema["enum"])
    for union in ("anyOf", "oneOf"):
        if union in schema:
            return " | ".join(dict.fromkeys(typed(each) for each in schema[union]))
    match schema.get("type"):
        case "string":
            return "string"
        case "integer" | "number":
            return "number"
        case "boolean":
            return "boolean"
        case "null":
            return "null"
        case "array":
            return _list(schema)
        case "object":
            return _mapping(schema)
        case None:
            return "unknown"
    raise ValueError(f"no TypeScript for {schema}")


def _list(schema: Schema) -> str:
    if "prefixItems" in schema:
        return f"[{', '.join(typed(each) for each in schema['prefixItems'])}]"
    inner = typed(schema.get("items", {}))
    return f"({inner})[]" if " " in inner else f"{inner}[]"


def _mapping(schema: Schema) -> str:
    values = schema.get("additionalProperties", True)
    return f"Record<string, {typed(values) if isinstance(values, dict) else 'unknown'}>"


def main(arguments: list[str]) -> int:
    """Write the file, or with `--check` say that it is stale."""
    text = page()
    if FILE.is_file() and FILE.read_text(encoding="utf-8") == text:
        return 0
    name = FILE.relative_to(ROOT)
    if "--check" in arguments:
        sys.stderr.write(f"{name} is not what the code says; run `make types`.\n")
        return 1
    FILE.write_text(text, encoding="utf-8")
    sys.stdout.write(f"{name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
