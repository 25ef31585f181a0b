"""The owner's rules for the agent, as `config.yaml` has them at this moment."""

from __future__ import annotations

from ops.current import Current
from ops.settings import Settings
from processors.tools.policy import Policies, Policy


class Watched(Policies):
    """Looks whether the settings changed before it answers.

    Args:
        current: the settings.
    """

    def __init__(self, current: Current) -> None:
        super().__init__()
        self._look = current.made(_policy, _policy)

    def now(self) -> Policy:
        """Return today's policy."""
        return self._look()


def _policy(settings: Settings) -> Policy:
    return settings.policy
