"""Who may do what: the rights a person has in a conversation."""

from __future__ import annotations

from processors.tools.policy import Policies
from schemas.chat import Profile

OWNER = "owner"
"""The person who runs this server."""


class People:
    """The people this server knows.

    Args:
        policies: the owner's rules, which may name somebody's profile.
    """

    def __init__(self, policies: Policies | None = None) -> None:
        self._policies = policies or Policies()

    def profile(self, person: str, gateway: str | None) -> Profile:
        """Return a person's rights.

        Args:
            person: their id, as a gateway knows it.
            gateway: who vouches for that; None when nobody does.
        """
        if gateway is None:
            return "readonly"
        named = self._policies.now().people.get(person)
        if named is not None and named.profile is not None:
            return named.profile
        return "full" if person == OWNER else "messaging"
