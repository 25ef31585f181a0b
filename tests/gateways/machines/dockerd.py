"""A real Docker daemon of the tests' own: private socket, data and process group."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import docker
import pytest

IMAGE = "tests/busybox"


def _need(condition: object, what: str) -> None:
    if not condition:
        pytest.fail(f"The docker tests need {what}; `./install.sh test` provides it.")


@contextmanager
def running_dockerd() -> Iterator[str]:
    """Start a daemon, load one image into it, and give its URL; it is gone afterwards."""
    daemon, busybox = shutil.which("dockerd"), shutil.which("busybox")
    _need(daemon, "dockerd (Debian: docker.io)")
    _need(busybox, "a static busybox (Debian: busybox-static)")
    _need(os.geteuid() == 0, "root, to run dockerd")
    # A short folder of its own: a socket's path may have 107 characters at most.
    with tempfile.TemporaryDirectory(prefix="dkr") as name:
        folder = Path(name)
        url = f"unix://{folder}/d.sock"
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [
                    str(daemon), "--storage-driver=vfs", "--iptables=false", "--bridge=none",
                    f"--data-root={folder}/data", f"--exec-root={folder}/exec",
                    f"--pidfile={folder}/pid", f"--host={url}",
                ],
                stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        try:
            client = _connected(url, process, folder / "log")
            _import_busybox(client, Path(str(busybox)), folder)
            yield url
            for container in client.containers.list(all=True):
                container.remove(force=True)
            client.close()
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(20)
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(5)


def _connected(url: str, process: subprocess.Popen[bytes], log: Path) -> docker.DockerClient:
    until = time.monotonic() + 40
    while time.monotonic() < until and process.poll() is None:
        with suppress(docker.errors.DockerException):
            return docker.DockerClient(url, timeout=20)
        time.sleep(0.1)  # Between two looks at the condition, inside the time-out.
    pytest.fail(f"dockerd did not start:\n{log.read_text()[-2000:]}")


def _import_busybox(client: docker.DockerClient, busybox: Path, folder: Path) -> None:
    archive = folder / "image.tar"
    with tarfile.open(archive, "w") as tar:
        tar.add(busybox.resolve(), "bin/busybox")
        for command in ("sh", "sleep", "echo", "cat", "printf", "seq"):
            link = tarfile.TarInfo(f"bin/{command}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            tar.addfile(link)
    with archive.open("rb") as data:
        client.api.import_image_from_data(data.read(), repository=IMAGE, tag="latest")
    archive.unlink()


def started(url: str, name: str, script: str) -> None:
    """Run a shell script in a container of that name, in the background."""
    client = docker.DockerClient(url, timeout=20)
    client.containers.run(
        IMAGE, ["/bin/sh", "-c", script], name=name, detach=True, network_mode="none"
    )
    client.close()


def ended(url: str, name: str) -> None:
    """Wait until a container has ended."""
    client = docker.DockerClient(url, timeout=20)
    client.containers.get(name).wait(timeout=20)
    client.close()
