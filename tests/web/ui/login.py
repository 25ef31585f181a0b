"""A login that is made once, and handed to one browser after the other.

What a person does at the door is tested where it is the subject; elsewhere it would only take time,
and the server rightly slows down whoever comes to it too often.
"""

from __future__ import annotations

import json
import time

import httpx
from playwright.sync_api import BrowserContext

SECONDS = 30.0
NAME, PASSWORD = "anna", "kettle-quiet-9-birch"
FRESH = 120.0
"""For how many seconds it is handed out: of the five minutes in which a login shows that it is
really them, a test has three for itself."""
SHARED = ("nexus", "nexus-csrf")
"""The cookies that a browser gets. The one that renews the login is for one browser alone."""
KNOWN = "localStorage['livos.login.until'] ??= {until}"
"""Until when it counts, as `account.ts` remembers it: a page then need not renew it first."""


class Login:
    """The owner of a server, signed in.

    Args:
        url: where the server listens.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._client = httpx.Client(
            base_url=url, headers={"Origin": url}, timeout=SECONDS, trust_env=False
        )
        self._until = 0
        self._stale = 0.0

    def set_up(self, code: str) -> None:
        """Become the owner, with the code that the terminal prints."""
        self._enter("/api/setup", code=code)

    def hand(self, context: BrowserContext) -> None:
        """Let a browser be signed in."""
        if time.monotonic() > self._stale or not self._client.get("/api/auth/me").is_success:
            self._enter("/api/auth/login")
        for name in SHARED:
            value = self._client.cookies[name]
            context.add_cookies([{"name": name, "value": value, "url": self._url}])
        context.add_init_script(KNOWN.format(until=json.dumps(str(self._until))))

    def forget(self) -> None:
        """Sign in anew for the next browser: a server that was started anew wants to be shown."""
        self._stale = 0.0

    def close(self) -> None:
        """Let go of the line to the server."""
        self._client.close()

    def _enter(self, path: str, **more: str) -> None:
        form = {"name": NAME, "password": PASSWORD, **more}
        said = self._client.post(path, json=form)
        assert said.is_success, said.text
        self._until = said.json()["expires_at"]
        self._stale = time.monotonic() + FRESH
