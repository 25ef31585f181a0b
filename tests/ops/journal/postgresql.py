"""A PostgreSQL of its own for tests: a cluster in a folder, gone when the test is."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

SECONDS = 60.0


def programs() -> Path | None:
    """Return the folder of the newest PostgreSQL's programs; Debian keeps them out of the path."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=_version)
    return found[-1].parent if found else None


def _version(path: Path) -> int:
    return int(path.parent.parent.name)


@dataclass
class Cluster:
    """A server that listens on a unix socket in its folder, and believes whoever gets there."""

    folder: Path
    programs: Path
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def url(self) -> str:
        """The address as an owner would write it."""
        return f"postgresql://postgres@/postgres?host={self.folder}"

    def make(self) -> None:
        """Make the data folder."""
        data = self.folder / "data"
        words = ["-D", str(data), "-U", "postgres", "--auth=trust", "--no-sync", "-E", "UTF8"]
        subprocess.run(self._as_nobody("initdb", *words), check=True, capture_output=True)

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = ["-c", "listen_addresses=", "-c", f"unix_socket_directories={self.folder}"]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                self._as_nobody("postgres", "-D", str(self.folder / "data"), *options),
                stdout=log,
                stderr=log,
            )
        end = time.monotonic() + SECONDS
        ready = [str(self.programs / "pg_isready"), "-q", "-h", str(self.folder)]
        while subprocess.run(ready, check=False).returncode:
            assert self.process.poll() is None, (self.folder / "log").read_text()
            assert time.monotonic() < end, (self.folder / "log").read_text()
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop it at once, as a crash would; it recovers from its log."""
        if self.process is not None:
            self.process.send_signal(3)
            self.process.wait(SECONDS)
            self.process = None

    def sql(self, query: str) -> str:
        """Ask, or change, the database behind everybody's back."""
        command = [str(self.programs / "psql"), "-h", str(self.folder), "-U", "postgres", "-qAt"]
        ran = subprocess.run([*command, "-c", query], check=True, capture_output=True, text=True)
        return ran.stdout.strip()

    def _as_nobody(self, program: str, *words: str) -> list[str]:
        # It refuses to be run by root.
        drop = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        return [*(drop if os.geteuid() == 0 else []), str(self.programs / program), *words]


@contextmanager
def cluster(folder: Path) -> Iterator[Cluster]:
    """Run a cluster whose programs are in `folder`."""
    where = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    if os.geteuid() == 0:
        shutil.chown(where, "postgres", "postgres")
    found = Cluster(where, folder)
    try:
        found.make()
        found.start()
        yield found
    finally:
        found.stop()
        shutil.rmtree(where, ignore_errors=True)
