"""The sessions of our MCP server: so many of one login, so that it shuts nobody else out.

The vendor's library counts the sessions of all together alone.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from schemas.errors import TooMuch

if TYPE_CHECKING:
    from mcp.server.auth.middleware.bearer_auth import AuthorizationContext
    from mcp.server.streamable_http import StreamableHTTPServerTransport
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

MOST = 16
"""Of one login at once; one more takes the place of the one that was not used for longest."""


class Crowded(TooMuch):
    """A login has as many sessions as it may, and uses all of them."""

    code = "too_many_sessions"


def sessions(server: Any, **bounds: Any) -> StreamableHTTPSessionManager:
    """Return what lets in whom its own bound and that of each login let in.

    Args:
        server: whom they speak with.
        bounds: of all sessions together, as the library calls them.
    """
    from mcp.server.streamable_http_manager import (  # noqa: PLC0415 - at first use
        StreamableHTTPSessionManager,
    )

    class Sessions(StreamableHTTPSessionManager):
        def _admit_session(
            self, requestor: AuthorizationContext | None
        ) -> StreamableHTTPServerTransport | None:
            # Called under the library's lock: two that come at once are counted one by one.
            theirs = [name for name, owner in self._session_owners.items() if owner == requestor]
            if len(theirs) >= MOST:
                self._make_room(theirs)
            return super()._admit_session(requestor)

        def _make_room(self, theirs: list[str]) -> None:
            """End the session that was not used for longest: most programs never end theirs.

            Raises:
                Crowded: all of them are in use.
            """
            unused = [name for name in theirs if self._ends(name) < math.inf]
            if not unused:
                raise Crowded(
                    f"This login uses {MOST} sessions at once, which are all that it may have:"
                    " end one of them."
                )
            name = min(unused, key=self._ends)
            self._session_owners.pop(name)
            # Whoever comes back to it is told at once that it has ended, as the protocol has it.
            scope = self._server_instances.pop(name).idle_scope
            if scope is not None:
                scope.cancel()

        def _ends(self, name: str) -> float:
            """When a session ends if nobody uses it; infinity while somebody does."""
            scope = self._server_instances[name].idle_scope
            return math.inf if scope is None else scope.deadline

    return Sessions(server, **bounds)
