"""What the doctor says of this machine, in the words of this machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from ops.cli.machine import how_docker_starts


@pytest.mark.parametrize(
    ("there", "programs", "said"),
    [
        ("", (), "Install Docker"),
        ("run/systemd/system", ("dockerd", "systemctl"), "`systemctl start docker`"),
        ("etc/init.d/docker", ("dockerd", "systemctl"), "`service docker start`"),
        ("etc/init.d/docker", ("dockerd", "rc-service"), "`rc-service docker start`"),
        ("", ("dockerd", "systemctl"), "`dockerd`"),
    ],
)
def test_it_names_what_starts_docker_here(
    tmp_path: Path, there: str, programs: tuple[str, ...], said: str
) -> None:
    (tmp_path / there).mkdir(parents=True, exist_ok=True)
    told = how_docker_starts(tmp_path, lambda name: name if name in programs else None)
    assert said in told
