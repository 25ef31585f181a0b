"""The cookies of a login: what they are called, and how they are set and taken away."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from ops.ring import ACCESS_SECONDS
from ops.users.visit import SignedIn
from web.auth import access_cookie
from web.guard import Site

LONG = 30 * 24 * 3_600
YEAR = 365 * 24 * 3_600
ONLY_HERE = "/api/auth"
"""The one path to which the refresh token and the device are sent."""
CSRF = "nexus-csrf"


class Cookies:
    """Sets and reads them.

    By HTTPS their names say that no other host, and nothing without HTTPS, can have set them
    (RFC 6265bis, 4.1.3).

    Args:
        site: who we are.
    """

    def __init__(self, site: Site) -> None:
        self._secure = site.secure
        mark = "__Secure-" if site.secure else ""
        self._access = access_cookie(site)
        self._refresh, self._device = f"{mark}nexus-refresh", f"{mark}nexus-device"

    def access(self, request: Request) -> str:
        """Return the access token that a request brings, or ''."""
        return request.cookies.get(self._access, "")

    def refresh(self, request: Request) -> str:
        """Return the refresh token, or ''."""
        return request.cookies.get(self._refresh, "")

    def device(self, request: Request) -> str:
        """Return the token by which the browser is known, or ''."""
        return request.cookies.get(self._device, "")

    def known(self, request: Request) -> bool:
        """Whether a browser was signed in, and may be able to be so again."""
        return CSRF in request.cookies

    def set(self, response: Response, signed_in: SignedIn) -> None:
        """Let a browser be signed in."""
        self._put(response, self._access, signed_in.access, ACCESS_SECONDS)
        self._put(response, CSRF, signed_in.me.csrf, LONG, script=True)
        if signed_in.refresh is not None:
            self._put(response, self._refresh, signed_in.refresh, LONG, ONLY_HERE)
        if signed_in.device is not None:
            self._put(response, self._device, signed_in.device, YEAR, ONLY_HERE)

    def clear(self, response: Response) -> None:
        """Let a browser forget its login; it stays known as a device."""
        self._put(response, self._access, "", 0)
        self._put(response, CSRF, "", 0, script=True)
        self._put(response, self._refresh, "", 0, ONLY_HERE)

    def _put(
        self,
        response: Response,
        name: str,
        value: str,
        seconds: int,
        path: str = "/",
        *,
        script: bool = False,
    ) -> None:
        response.set_cookie(
            name,
            value,
            max_age=seconds,
            path=path,
            secure=self._secure,
            httponly=not script,
            samesite="strict",
        )
