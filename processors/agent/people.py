"""Who may do what: the rights a person has in a conversation."""

from __future__ import annotations

from schemas.chat import Profile

OWNER = "owner"
"""The person who runs this server."""


class People:
    """The people this server knows."""

    def profile(self, person: str, gateway: str | None) -> Profile:
        """Return a person's rights.

        Args:
            person: their id, as a gateway knows it.
            gateway: who vouches for that; None when nobody does.
        """
        if gateway is None:
            return "readonly"
        return "full" if person == OWNER else "messaging"
