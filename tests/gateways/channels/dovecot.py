"""A real IMAP server for tests: Debian's dovecot, on loopback, as whoever runs them."""

from __future__ import annotations

import asyncio
import grp
import itertools
import os
import pwd
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

LONG = 60
"""Seconds that it may take to begin, or to see a new password."""
_CONF = """
protocols = imap
listen = 127.0.0.1
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/log
ssl = no
disable_plaintext_auth = no
auth_failure_delay = 0
first_valid_uid = 1
default_internal_user = {inner}
default_internal_group = {group}
default_login_user = {inner}
mail_location = maildir:{folder}/mail
maildir_stat_dirs = yes
passdb {{
  driver = passwd-file
  args = scheme=PLAIN {folder}/users
}}
userdb {{
  driver = static
  args = uid={owner} gid={owners} home={folder}/mail
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
"""


class Dovecot:
    """A mailbox.

    Args:
        folder: where everything of it is.
        port: where it listens.
    """

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        self._numbers = itertools.count(1)
        self._owner = pwd.getpwnam("nobody" if os.geteuid() == 0 else _me().pw_name)

    async def allow(self, user: str, password: str) -> None:
        """Let only this password open the mailbox from now on."""
        self.write(user, password)
        # The server looks at the file once a second at most: until then the old one counts.
        async with asyncio.timeout(LONG):
            while True:
                if await self.opens(user, password):
                    return
                await asyncio.sleep(0.1)

    def write(self, user: str, password: str) -> None:
        """Write down the password that counts as soon as the server looks."""
        file = self.folder / "users.new"
        file.write_text(f"{user}:{password}\n")
        file.chmod(0o644)
        # It is read again where its second or its size is another.
        second = next(self._numbers)
        os.utime(file, (second, second))
        file.replace(self.folder / "users")

    async def opens(self, user: str, password: str) -> bool:
        """Return whether the mailbox is opened by this password now."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(f'1 LOGIN "{user}" "{password}"\r\n'.encode())
            while line := await reader.readline():
                if line.startswith(b"1 "):
                    return line.startswith(b"1 OK")
            return False
        finally:
            writer.close()

    def put(self, raw: bytes) -> None:
        """Let a mail arrive."""
        name = f"{next(self._numbers):010}.x.test"
        file = self.folder / "mail" / "tmp" / name
        file.write_bytes(raw)
        os.chown(file, self._owner.pw_uid, self._owner.pw_gid)
        file.rename(self.folder / "mail" / "new" / name)

    def unread(self) -> int:
        """Return how many mails are not marked as read."""
        mail = self.folder / "mail"
        seen = [one for one in (mail / "cur").iterdir() if "S" in one.name.partition(":2,")[2]]
        return sum(1 for part in ("new", "cur") for _ in (mail / part).iterdir()) - len(seen)

    def config(self) -> Path:
        """Write its configuration."""
        me, root = _me(), os.geteuid() == 0
        for part in ("run", "mail", *(f"mail/{name}" for name in ("new", "cur", "tmp"))):
            (self.folder / part).mkdir()
        if root:
            self.folder.chmod(0o755)
            for path in (self.folder / "mail", *(self.folder / "mail").iterdir()):
                os.chown(path, self._owner.pw_uid, self._owner.pw_gid)
        inner = "dovenull" if root else me.pw_name
        file = self.folder / "dovecot.conf"
        text = _CONF.format(
            folder=self.folder,
            port=self.port,
            inner=inner,
            group=grp.getgrgid(pwd.getpwnam(inner).pw_gid).gr_name,
            owner=self._owner.pw_uid,
            owners=self._owner.pw_gid,
        )
        file.write_text(text)
        return file


def _me() -> pwd.struct_passwd:
    return pwd.getpwuid(os.geteuid())


@asynccontextmanager
async def dovecot(user: str, password: str) -> AsyncIterator[Dovecot]:
    """Run it until the end of the block."""
    program = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    assert program, "dovecot is missing: apt-get install dovecot-imapd"
    folder = Path(tempfile.mkdtemp(prefix="dove-"))
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = int(door.getsockname()[1])
    found = Dovecot(folder, port)
    conf = found.config()
    found.write(user, password)
    process = await asyncio.create_subprocess_exec(program, "-F", "-c", str(conf))
    try:
        await _greeted(found, process)
        yield found
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
        shutil.rmtree(folder, ignore_errors=True)


async def _greeted(found: Dovecot, process: asyncio.subprocess.Process) -> None:
    async with asyncio.timeout(LONG):
        while True:
            log = found.folder / "log"
            said = log.read_text() if log.exists() else ""
            assert process.returncode is None, said
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", found.port)
                line = await reader.readline()
                writer.close()
            except OSError:
                line = b""
            if line.startswith(b"* OK"):
                return
            await asyncio.sleep(0.05)
