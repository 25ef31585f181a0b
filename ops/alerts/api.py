"""The alerts as a slice: nothing is asked of them, they run while the server does."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from gateways.channels.email_server import MailServer
from ops.alerts.service import Address, Alerts, Told
from ops.current import Current
from ops.keyring import gateway
from ops.settings import Settings
from ops.slice import House
from ops.vault import Vault
from web.app import Endpoint


class Alerting:
    """Sends alerts for as long as the server runs.

    Args:
        house: what every slice is handed.
        told: the notices.
    """

    endpoints: Sequence[Endpoint] = ()

    def __init__(self, house: House, told: Told) -> None:
        current = Current(house.settings)

        def keys() -> Sequence[bytes]:
            own = gateway(house.settings, "channel-email")
            return (own.key, *own.older)

        alerts = Alerts(house.settings.root, lambda: address(current.now()), told, keys)
        self._running = asyncio.create_task(alerts.run(), name="alerts")

    async def close(self) -> None:
        """Send no more."""
        self._running.cancel()
        with suppress(asyncio.CancelledError):
            await self._running


def address(settings: Settings) -> Address | None:
    """Return where alerts go; None for nowhere."""
    if not (settings.notification_email and settings.smtp_host):
        return None
    password = settings.smtp_pass or Vault(settings.root).get("SMTP_PASS")
    user = settings.smtp_user or ""
    server = MailServer(
        settings.smtp_host,
        settings.smtp_port,
        user,
        password.get_secret_value() if password else "",
    )
    sender = settings.channels.email.address or user
    if "@" not in sender:
        sender = settings.notification_email
    return Address(settings.notification_email, sender, server, settings.http.url.rstrip("/"))
