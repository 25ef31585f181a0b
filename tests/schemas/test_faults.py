"""What does not fit is said in plain words: none of the library's reaches a person."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from schemas.faults import PLAIN, plain


class Colour(StrEnum):
    RED = "red"


class Filled(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=2, max_length=4, pattern="^[a-z]*$")] = "ab"
    count: Annotated[int, Field(ge=1, le=9)] = 1
    share: Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)] = 0.5
    sure: bool = True
    kind: Literal["one", "two"] = "one"
    colour: Colour = Colour.RED
    some: Annotated[tuple[str, ...], Field(min_length=1, max_length=2)] = ("a",)
    inner: dict[str, str] = {}

    @field_validator("name")
    @classmethod
    def odd(cls, value: str) -> str:
        if value == "odd":
            raise ValueError("It is odd.")
        return value


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"name": 1}, "it must be text"),
        ({"name": "a"}, "it must have at least 2 characters"),
        ({"name": "abcde"}, "it must have at most 4 characters"),
        ({"name": "A1"}, "it has a sign, or a form, that is not allowed there"),
        ({"name": "odd"}, "it is odd"),
        ({"count": "x"}, "it must be a whole number"),
        ({"count": 1.5}, "it must be a whole number"),
        ({"count": 0}, "it must be 1 or more"),
        ({"count": 10}, "it must be 9 or less"),
        ({"share": "x"}, "it must be a number"),
        ({"share": 0}, "it must be more than 0.0"),
        ({"share": 1}, "it must be less than 1.0"),
        ({"sure": "perhaps"}, "it must be true or false"),
        ({"kind": "three"}, "it must be 'one' or 'two'"),
        ({"colour": "blue"}, "it must be 'red'"),
        ({"some": 1}, "it must be a list"),
        ({"some": []}, "there must be at least 1"),
        ({"some": ["a", "b", "c"]}, "there may be at most 2"),
        ({"inner": 1}, "it must hold names and values"),
        ({"other": 1}, "there is no such field"),
    ],
)
def test_each_fault_is_a_plain_clause(given: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Filled.model_validate(given)
    assert plain(caught.value.errors()[0]) == says
    # Where the caller leaves out what the bound is, it still says something.
    assert plain(caught.value.errors(include_context=False)[0])


def test_every_clause_names_bounds_that_the_library_tells() -> None:
    for kind, text in PLAIN.items():
        for word in ("Input", "valid", "parse"):
            assert word not in text, kind
