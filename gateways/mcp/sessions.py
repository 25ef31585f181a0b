"""The sessions of our MCP server: so many of one login, so that it shuts nobody else out.

The vendor's library counts the sessions of all together alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schemas.errors import TooMuch

if TYPE_CHECKING:
    from mcp.server.auth.middleware.bearer_auth import AuthorizationContext
    from mcp.server.streamable_http import StreamableHTTPServerTransport
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

MOST = 16
"""Of one login at once; beyond them it begins no other."""


class Crowded(TooMuch):
    """A login has as many sessions as it may."""

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
            if sum(owner == requestor for owner in self._session_owners.values()) >= MOST:
                raise Crowded(
                    f"This login has {MOST} sessions, which are all that it may have: end one, or"
                    " wait until one that is not used has ended."
                )
            return super()._admit_session(requestor)

    return Sessions(server, **bounds)
