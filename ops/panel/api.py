"""The panel at the web door: for the owner alone, who shows again that it is them to change it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import cast, get_args

from starlette.requests import Request
from starlette.responses import Response

from ops.panel.about import About
from ops.panel.guide import Guide
from ops.panel.providers import Providers
from ops.panel.service import Panel
from ops.slice import House, Proves
from processors.agent.mind import Mind
from schemas.errors import NotFound
from schemas.panel import (
    AboutShown,
    GuidePage,
    KeyGiven,
    ModelsShown,
    Provider,
    SettingsForm,
    SettingsShown,
    SpentShown,
    Trial,
    TrialForm,
)
from streams.checkup import Checkup
from streams.spending import Spending
from web.app import Endpoint
from web.auth import Caller, owner
from web.http import answer, nothing, read
from web.talk import identifier

BODY = 256 << 10
"""Bytes; rules for many people are long."""

OURS = "The settings of the server are the owner's."


class Paneling:
    """The endpoints of the settings and the providers.

    Args:
        house: what every slice is handed.
        proved: makes sure that somebody showed a moment ago that it is them.
    """

    def __init__(self, house: House, proved: Proves) -> None:
        self._panel = Panel(house)
        self.tell = self._panel.tell
        self._providers = Providers(self._panel, house.runtime.resource(Mind))
        self._proved = proved
        self._guide = Guide()
        self._about = About(self._panel.root, Checkup(self._panel.redis), self._guide)
        path = "/api/panel"
        of = f"{path}/providers/{{provider}}"
        self.endpoints: Sequence[Endpoint] = (
            Endpoint("GET", f"{path}/settings", self.settings, "login", gives=SettingsShown),
            Endpoint(
                "PATCH", f"{path}/settings", self.change, "login", takes=SettingsForm,
                gives=SettingsShown, body=BODY,
            ),
            Endpoint("GET", f"{path}/about", self.about, "login", gives=AboutShown),
            Endpoint("GET", f"{path}/guide/{{page}}", self.page, "login", gives=GuidePage),
            Endpoint("GET", f"{path}/models", self.models, "login", gives=ModelsShown),
            Endpoint("GET", f"{path}/spent/{{person}}", self.spent, "login", gives=SpentShown),
            Endpoint("POST", f"{of}/key", self.keep, "login", takes=KeyGiven, gives=Trial),
            Endpoint("DELETE", f"{of}/key", self.forget, "login", status=204),
            Endpoint("POST", f"{of}/test", self.test, "login", takes=TrialForm, gives=Trial),
        )  # fmt: skip

    async def close(self) -> None:
        """Let go of everything."""
        await self._panel.close()

    async def settings(self, request: Request) -> Response:
        """List the settings that can be changed here, each with where it comes from."""
        owner(request, OURS)
        return answer(await self._panel.shown())

    async def change(self, request: Request) -> Response:
        """Change settings: all of them, or none. They count at once, and everybody is told.

        It needs a fresh proof (`/api/auth/proof`), as the keys do.
        """
        who = await self._owner_proved(request)
        form = await read(request, SettingsForm)
        return answer(await self._panel.change(form.changes, who))

    async def about(self, request: Request) -> Response:
        """Say what this server is: its release, what it runs on, and the pages of its guide."""
        owner(request, OURS)
        return answer(await self._about.shown())

    async def page(self, request: Request) -> Response:
        """Show a page of the guide that ships with this release."""
        owner(request, OURS)
        return answer(await asyncio.to_thread(self._guide.page, request.path_params["page"]))

    async def models(self, request: Request) -> Response:
        """Say where answers come from: the providers, their keys, the tiers, what they cost."""
        owner(request, OURS)
        return answer(await self._providers.shown())

    async def spent(self, request: Request) -> Response:
        """Say what somebody has spent today; whoever is not known has spent nothing."""
        owner(request, OURS)
        person = identifier(request.path_params["person"], "A person's id")
        found = (await Spending.on(self._panel.redis, "-", person).read()).person
        return answer(SpentShown(cost=found.cost, tokens=found.tokens, calls=found.calls))

    async def keep(self, request: Request) -> Response:
        """Keep a provider's key, sealed, or its server's address, after one tiny question.

        What gets no answer is refused, with the reason, and what was before stays; `anyway` keeps
        it all the same, where it is not the provider who says that the key is wrong.
        """
        who = await self._owner_proved(request)
        form = await read(request, KeyGiven)
        return answer(await self._providers.keep(_provider(request), form, who))

    async def forget(self, request: Request) -> Response:
        """Forget a provider's key."""
        who = await self._owner_proved(request)
        await self._providers.forget(_provider(request), who)
        return nothing()

    async def test(self, request: Request) -> Response:
        """Ask one of a provider's models one tiny question, and say how long it took or why not."""
        owner(request, OURS)
        form = await read(request, TrialForm)
        if form.base_url is not None:
            # Where it says, this server asks: that is for the owner, and for nobody else's script.
            await self._owner_proved(request)
        return answer(await self._providers.test(_provider(request), form))

    async def _owner_proved(self, request: Request) -> Caller:
        who = owner(request, OURS)
        await self._proved(who)
        return who


def _provider(request: Request) -> Provider:
    given = request.path_params["provider"]
    if given not in get_args(Provider):
        raise NotFound(f"The providers are {', '.join(get_args(Provider))}.")
    return cast("Provider", given)
