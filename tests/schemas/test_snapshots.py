"""No message changes so that what was written yesterday cannot be read today."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.schemas.snapshots import FOLDER, breaks, classes, schema, written

AGAIN = "run: python -m tests.schemas.snapshots"


@pytest.mark.parametrize("name", classes())
def test_a_message_stays_readable(name: str) -> None:
    assert (FOLDER / f"{name}.json").is_file(), f"a new message; {AGAIN}"
    assert breaks(written(name), schema(name)) == [], "a new class on a new topic, please"


@pytest.mark.parametrize("name", classes())
def test_a_snapshot_is_up_to_date(name: str) -> None:
    assert written(name) == schema(name), f"a compatible change; {AGAIN}"


def test_nothing_is_removed_without_a_word() -> None:
    assert {path.stem for path in FOLDER.glob("*.json")} == set(classes())


Change = Callable[[dict[str, Any]], object]
FIELDS = "properties"
BREAKING: dict[str, tuple[str, Change]] = {
    "a field is gone": ("Think", lambda s: s[FIELDS].pop("step")),
    "a field is renamed": ("Think", lambda s: s[FIELDS].update(n=s[FIELDS].pop("step"))),
    "a field has another type": ("Think", lambda s: s[FIELDS]["step"].update(type="string")),
    "a field is required": ("Received", lambda s: s["required"].append("tier")),
    "a new field is required": (
        "Reply",
        lambda s: (s[FIELDS].update(new={"type": "string"}), s["required"].append("new")),
    ),
    "a text is shorter": ("Received", lambda s: s[FIELDS]["text"].update(maxLength=10)),
    "a text has a bound": ("Asked", lambda s: s[FIELDS]["text"].update(maxLength=10)),
    "a number begins later": ("Think", lambda s: s[FIELDS]["step"].update(minimum=1)),
    "a number ends sooner": ("Think", lambda s: s[FIELDS]["step"].update(maximum=12)),
    "a pattern is another": ("Think", lambda s: s[FIELDS]["id"].update(pattern="^[a-z]+$")),
    "a word is gone": ("Answer", lambda s: s[FIELDS]["outcome"]["enum"].remove("limited")),
    "nothing is not allowed": ("Received", lambda s: s[FIELDS]["tier"]["anyOf"].pop()),
    "an inner field is gone": ("Thought", lambda s: s["$defs"]["Usage"][FIELDS].pop("input")),
    "unknown fields are refused": ("Think", lambda s: s.update(additionalProperties=False)),
    "a kind is another": ("Said", lambda s: s[FIELDS]["kind"].update(const="told")),
}
HARMLESS: dict[str, tuple[str, Change]] = {
    "a new field": ("Think", lambda s: s[FIELDS].update(new={"type": "string"})),
    "a longer text": ("Received", lambda s: s[FIELDS]["text"].update(maxLength=10**9)),
    "no bound any more": ("Received", lambda s: s[FIELDS]["text"].pop("maxLength")),
    "a new word": ("Answer", lambda s: s[FIELDS]["outcome"]["enum"].append("expired")),
    "a field may be left out": ("Think", lambda s: s["required"].remove("tier")),
    "a new description": ("Think", lambda s: s.update(description="Otherwise said.")),
}


@pytest.mark.parametrize("change", BREAKING)
def test_a_breaking_change_is_seen(change: str) -> None:
    name, alter = BREAKING[change]
    new = copy.deepcopy(schema(name))
    alter(new)
    assert breaks(schema(name), new)


@pytest.mark.parametrize("change", HARMLESS)
def test_a_harmless_change_is_not(change: str) -> None:
    name, alter = HARMLESS[change]
    new = copy.deepcopy(schema(name))
    alter(new)
    assert new != schema(name)
    assert breaks(schema(name), new) == []
