"""`services_status`, with and without systemd."""

from __future__ import annotations

from pathlib import Path

from processors.tools.registry import Registry
from tests.gateways.machines.test_systemd import OUTPUT, speaking
from tests.processors.tools.conftest import registry


async def test_without_systemd_it_is_said(house: Registry) -> None:
    result = await house.run("services_status", {})
    assert (result.ok, result.code) == (False, "refused")
    assert "Systemd does not run this machine" in result.text


async def test_tells_what_runs_and_what_failed(tmp_path: Path) -> None:
    (tmp_path / "out").write_text(OUTPUT)
    house = registry(tmp_path, systemd=speaking(tmp_path, f"cat {tmp_path}/out"))
    result = await house.run("services_status", {})
    assert result.text.startswith("1 service failed: backup; 1 are running.")
    failed = await house.run("services_status", {"state": "failed"})
    assert [service["name"] for service in failed.data["services"]] == ["backup"]


async def test_one_service_and_its_near_names(tmp_path: Path) -> None:
    (tmp_path / "out").write_text(OUTPUT)
    one = (
        f'for last; do :; done; case "$last" in "*.service"|ssh.service) cat {tmp_path}/out;; esac'
    )
    house = registry(tmp_path, systemd=speaking(tmp_path, one))
    missing = await house.run("services_status", {"service": "sshh"})
    assert missing.text == "There is no service named sshh. Similar: ssh."
    ssh = await house.run("services_status", {"service": "ssh"})
    assert ssh.text.startswith("ssh is active")
