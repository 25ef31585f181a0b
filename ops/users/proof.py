"""Who showed a moment ago that it is them: what changes the server asks for more than a cookie."""

from __future__ import annotations

import time
from collections.abc import Callable

from schemas.errors import Forbidden

SECONDS = 5 * 60
"""How long a proof counts: for one visit to the settings, not for whoever finds the laptop."""
REMEMBERED = 1_000


class ProofNeeded(Forbidden):
    """This needs a fresh proof that it is you: a code of your app, or your password."""

    code = "proof_needed"


class Proofs:
    """Remembers, in this process alone, which logins showed it when.

    Args:
        clock: tells seconds, and never goes back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._until: dict[str, float] = {}

    def note(self, login: str) -> None:
        """Remember that a login showed it just now."""
        now = self._clock()
        if len(self._until) >= REMEMBERED:
            self._until = {one: until for one, until in self._until.items() if until > now}
        self._until[login] = now + SECONDS

    def check(self, login: str) -> None:
        """Make sure that a login showed it a moment ago.

        Raises:
            ProofNeeded: it did not.
        """
        if self._until.get(login, 0.0) <= self._clock():
            raise ProofNeeded("Show that it is you, with a code of your app or your password.")
