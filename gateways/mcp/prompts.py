"""What a person can begin with in their own MCP client: a few questions worth asking a server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from schemas.errors import Invalid, NotFound

LONGEST = 2_000
"""Characters of one argument."""


@dataclass(frozen=True)
class Opening:
    """A prompt that can be chosen.

    Attributes:
        name: its name.
        description: what it is for.
        text: what is said; `{…}` stands for an argument.
        takes: the arguments and what each means; all are needed.
    """

    name: str
    description: str
    text: str
    takes: Mapping[str, str] = field(default_factory=dict)

    def words(self, given: Mapping[str, str]) -> str:
        """Return what is said.

        Raises:
            Invalid: an argument is missing, unknown or too long.
        """
        for name in (*self.takes, *given):
            if name not in self.takes or name not in given:
                what = "needs the argument" if name in self.takes else "has no argument"
                raise Invalid(f"The prompt {self.name} {what} {name[:64]}.")
            if len(given[name]) > LONGEST:
                raise Invalid(f"The argument {name} has more than {LONGEST} characters.")
        return self.text.format_map(dict(given))


OPENINGS = (
    Opening(
        "health",
        "Look over the server, and say what needs attention.",
        "Look over my home server with its tools: system, disks, services, containers. Tell me what"
        " needs attention, the most urgent first, and what you would do about it. Change nothing.",
    ),
    Opening(
        "trouble",
        "Find out why a container or service gives trouble.",
        "Something is wrong with {name} on my home server. Look at its state and its logs, say what"
        " the cause is and how sure you are, and propose one repair. Change nothing yet.",
        {"name": "The container or service, by its name."},
    ),
    Opening(
        "find",
        "Find something among the files of the server.",
        "Find this among the files of my home server, and tell me where it is: {what}",
        {"what": "What to look for, in your own words."},
    ),
)


def opening(name: str) -> Opening:
    """Return the prompt of this name.

    Raises:
        NotFound: there is none.
    """
    for one in OPENINGS:
        if one.name == name:
            return one
    raise NotFound(f"There is no prompt named {name[:64]!r}.")
