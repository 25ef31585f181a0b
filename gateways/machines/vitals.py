"""This machine's vital signs: processor, memory, disks, temperature, load, processes."""

from __future__ import annotations

import asyncio
import os
import platform
import re
import shutil
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass

import psutil

_INTERPRETER = re.compile(r"(python|pypy|node|ruby|perl|php|bash|sh)[\d.]*")
_MODULE = re.compile(r"[A-Za-z_][\w.]{0,63}")
_FILE = re.compile(r"[\w][\w.+-]{0,63}")
_BARE = frozenset(f"-{option}" for option in "bBdEIiOPsSuv")
"""Options of Python that take no value of their own."""

SAMPLE = 0.25
"""Seconds between the two looks that a percentage needs."""
INSIDE = ("lo", "veth", "docker", "br-", "virbr")
"""How networks that do not leave this machine are called; what passes them is counted outside."""


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes of memory; `available` is what a new program could get."""

    total: int
    available: int
    swap_total: int
    swap_used: int

    @property
    def used(self) -> int:
        """What is in use and could not be given to another program."""
        return self.total - self.available


@dataclass(frozen=True, slots=True)
class Disk:
    """Bytes of one mounted disk; `free` is what an ordinary user can still write."""

    mount: str
    device: str
    filesystem: str
    total: int
    used: int
    free: int


@dataclass(frozen=True, slots=True)
class Sensor:
    """One temperature, in degrees Celsius."""

    name: str
    celsius: float


@dataclass(frozen=True, slots=True)
class Identity:
    """What this machine is."""

    hostname: str
    system: str
    kernel: str
    architecture: str
    cores: int


@dataclass(frozen=True, slots=True)
class Address:
    """One address by which this machine is reached in a network."""

    interface: str
    address: str


@dataclass(frozen=True, slots=True)
class Process:
    """One process; `cpu` in percent of one core, `memory` in resident bytes.

    Its command line is left out: people put passwords there. Of an interpreter the program that
    it runs is told, a file's name or a module's, and never an argument of it.
    """

    pid: int
    name: str
    script: str
    user: str
    cpu: float
    memory: int


class Vitals:
    """Looks at this machine; nothing here blocks the loop for longer than a look takes."""

    async def cpu(self) -> float:
        """How busy all cores together are, in percent, over a quarter of a second."""
        busy, total = _ticks()
        await asyncio.sleep(SAMPLE)
        later_busy, later_total = _ticks()
        passed = later_total - total
        return min(100.0, max(0.0, 100 * (later_busy - busy) / passed)) if passed > 0 else 0.0

    def ticks(self) -> tuple[float, float]:
        """Seconds that all cores together were busy, and seconds there were, since the start."""
        return _ticks()

    def traffic(self) -> tuple[int, int]:
        """Bytes received and sent since the start, over all networks but those inside."""
        counted = psutil.net_io_counters(pernic=True)
        outside = [one for name, one in counted.items() if not name.startswith(INSIDE)]
        return sum(one.bytes_recv for one in outside), sum(one.bytes_sent for one in outside)

    def addresses(self) -> tuple[Address, ...]:
        """The machine's addresses, IPv4 first, without those that count on one cable alone."""
        found = [
            Address(name, one.address.partition("%")[0])
            for name, all_of in psutil.net_if_addrs().items()
            if not name.startswith(INSIDE)
            for family in (socket.AF_INET, socket.AF_INET6)
            for one in all_of
            if one.family == family and not one.address.startswith(("fe80", "169.254."))
        ]
        return tuple(sorted(found, key=lambda one: ":" in one.address))

    def memory(self) -> Memory:
        """Memory and swap."""
        memory, swap = psutil.virtual_memory(), psutil.swap_memory()
        return Memory(memory.total, memory.available, swap.total, swap.used)

    async def disks(self) -> tuple[Disk, ...]:
        """Every mounted disk once, the one at / first."""
        return await asyncio.to_thread(_disks)

    def temperatures(self) -> tuple[Sensor, ...]:
        """What the sensors say; empty where there are none."""
        return tuple(
            Sensor(reading.label or chip, reading.current)
            for chip, readings in psutil.sensors_temperatures().items()
            for reading in readings
        )

    def load(self) -> tuple[float, float, float]:
        """How many processes wanted to run, over 1, 5 and 15 minutes."""
        return os.getloadavg()

    def uptime(self) -> float:
        """Seconds since this machine started."""
        return max(0.0, time.time() - psutil.boot_time())

    def identity(self) -> Identity:
        """Name, system and shape of this machine."""
        try:
            system = platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())
        except OSError:
            system = platform.system()
        return Identity(
            hostname=platform.node(),
            system=system,
            kernel=platform.release(),
            architecture=platform.machine(),
            cores=psutil.cpu_count() or 1,
        )

    async def processes(self) -> tuple[Process, ...]:
        """All processes, over a quarter of a second."""
        before = await asyncio.to_thread(_cpu_seconds)
        started = time.monotonic()
        await asyncio.sleep(SAMPLE)
        return await asyncio.to_thread(_processes, before, started)


def _ticks() -> tuple[float, float]:
    # Guest time is counted in user time as well: left out of both sums (proc_stat(5)).
    times = psutil.cpu_times()
    idle = times.idle + times.iowait
    busy = times.user + times.nice + times.system + times.irq + times.softirq + times.steal
    return busy, busy + idle


def _disks() -> tuple[Disk, ...]:
    # A container or a chroot may list no partition at all; / is there in any case.
    listed = [(part.mountpoint, part.device, part.fstype) for part in psutil.disk_partitions()]
    if not any(mount == "/" for mount, _, _ in listed):
        listed.append(("/", "", ""))
    disks: dict[str, Disk] = {}
    for mount, device, filesystem in sorted(listed, key=lambda item: (len(item[0]), item[0])):
        if filesystem == "squashfs" or (device and device in disks):
            continue  # Always full by nature; or the same disk, mounted twice.
        try:
            usage = shutil.disk_usage(mount)
        except OSError:
            continue
        if usage.total:
            disks[device or mount] = Disk(mount, device, filesystem, *usage)
    return tuple(disks.values())


def _cpu_seconds() -> dict[tuple[int, float], float]:
    return {
        (process.pid, process.info["create_time"]): sum(process.info["cpu_times"][:2])
        for process in psutil.process_iter(["cpu_times", "create_time"])
        if process.info["cpu_times"]
    }


def _script(process: psutil.Process, name: str) -> str:
    """What an interpreter runs, empty where it is none or does not say."""
    if not _INTERPRETER.fullmatch(name):
        return ""
    try:
        words = process.cmdline()[1:]
    except psutil.Error:
        return ""
    return script(name, words)


def script(name: str, words: Sequence[str]) -> str:
    """Return the program among an interpreter's arguments: its file's name, or its module.

    Args:
        name: the interpreter.
        words: its arguments.

    Only options that take no value are passed over; behind any other it may be a secret, and so
    may what is no plain name.
    """
    python = name.startswith(("python", "pypy"))
    for place, word in enumerate(words):
        if word == "-m" and python:
            found = words[place + 1] if place + 1 < len(words) else ""
            return found if _MODULE.fullmatch(found) else ""
        if not word.startswith("-"):
            found = os.path.basename(word)
            return found if _FILE.fullmatch(found) else ""
        if not python or word not in _BARE:
            return ""
    return ""


def _processes(before: dict[tuple[int, float], float], started: float) -> tuple[Process, ...]:
    fields = ["name", "username", "cpu_times", "create_time", "memory_info"]
    found = []
    for process in psutil.process_iter(fields):
        info = process.info
        if not info["cpu_times"] or not info["memory_info"]:
            continue  # Gone, or closed to us.
        spent = sum(info["cpu_times"][:2])
        passed = max(time.monotonic() - started, 0.001)
        cpu = 100 * (spent - before.get((process.pid, info["create_time"]), spent)) / passed
        found.append(
            Process(
                process.pid,
                info["name"] or "?",
                _script(process, info["name"] or ""),
                info["username"] or "?",
                max(0.0, cpu),
                info["memory_info"].rss,
            )
        )
    return tuple(found)
