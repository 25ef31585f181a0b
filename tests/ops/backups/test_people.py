"""People, keys and secrets come back from a backup; logins that may have ended since do not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ops import ownership
from ops.backups import opening
from ops.backups.opening import Opener
from ops.backups.restore import restore
from ops.backups.service import create
from ops.backups.verify import verify
from ops.users.book import opened
from ops.users.rows import Login, Person, ProgramKey
from ops.vault import Vault
from schemas.base import now_ms
from tests.ops.backups.home import Home


async def move_in(home: Home) -> None:
    async with opened(home.settings) as book:
        owner = Person("owner", "Ada", "owner", "a hash")
        await book.add(owner)
        login = Login("login", "owner", "phone", "192.0.2.7", now_ms() + 60_000, "csrf", "digest")
        assert await book.sign_in(login, owner)
        await book.add_key(ProgramKey("key", "owner", "doorbell", ("events",), "digest"))


async def found_in(home: Home) -> tuple[list[str], int, int]:
    async with opened(home.settings) as book:
        people = [one.name for one in await book.everybody()]
        return people, len(await book.logins("owner")), len(await book.keys())


def test_people_keys_and_secrets_come_back(
    home: Home, new_home: Callable[[], Home], own: Opener
) -> None:
    other = new_home()
    asyncio.run(move_in(home))
    Vault(home.root).put("GEMINI_API_KEY", "a-key-of-a-provider")
    with home.running():
        made = create(home.settings, opening.with_own_key(home.root))
    kept = {one.name for one in verify(made.path, own).manifest.kept}
    assert {"home.db", "secrets/vault/key", "secrets/vault/sealed.age"} <= kept
    restore(made.path, other.root, own)
    assert asyncio.run(found_in(home)) == (["Ada"], 1, 1)
    assert asyncio.run(found_in(other)) == (["Ada"], 0, 1)
    assert not ownership.needed(other.root)
    secret = Vault(other.root).get("GEMINI_API_KEY")
    assert secret is not None
    assert secret.get_secret_value() == "a-key-of-a-provider"
