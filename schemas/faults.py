"""What does not fit a form, in the words of whoever filled it in, not those of a library."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

PLAIN = {
    "missing": "it is missing",
    "extra_forbidden": "there is no such field",
    "string_type": "it must be text",
    "string_too_short": "it must have at least {min_length} characters",
    "string_too_long": "it must have at most {max_length} characters",
    "string_pattern_mismatch": "it has a sign, or a form, that is not allowed there",
    "int_type": "it must be a whole number",
    "int_parsing": "it must be a whole number",
    "int_from_float": "it must be a whole number",
    "int_parsing_size": "it must be a smaller number",
    "float_type": "it must be a number",
    "float_parsing": "it must be a number",
    "finite_number": "it must be a number that has an end",
    "bool_type": "it must be true or false",
    "bool_parsing": "it must be true or false",
    "greater_than_equal": "it must be {ge} or more",
    "greater_than": "it must be more than {gt}",
    "less_than_equal": "it must be {le} or less",
    "less_than": "it must be less than {lt}",
    "literal_error": "it must be {expected}",
    "enum": "it must be {expected}",
    "list_type": "it must be a list",
    "tuple_type": "it must be a list",
    "set_type": "it must be a list",
    "frozen_set_type": "it must be a list",
    "too_short": "there must be at least {min_length}",
    "too_long": "there may be at most {max_length}",
    "dict_type": "it must hold names and values",
    "model_type": "it must hold names and values",
    "model_attributes_type": "it must hold names and values",
    "path_type": "it must be a path",
    "none_required": "it must be left out",
    "json_invalid": "it is not JSON",
}
"""By the library's own word for a fault; what stands in braces is what it knows of the bound."""


def plain(fault: Mapping[str, Any]) -> str:
    """Return what is wrong in a plain clause, without a full stop.

    Args:
        fault: one of the library's errors.
    """
    known = PLAIN.get(str(fault["type"]))
    if known is not None:
        try:
            return known.format(**fault.get("ctx", {}))
        except (KeyError, IndexError):
            pass  # another version of the library calls its bounds otherwise
    text = str(fault["msg"]).removeprefix("Value error, ").rstrip(".")
    text = text.replace("Input should be", "it must be", 1).partition(", unable to")[0]
    return text[:1].lower() + text[1:]
