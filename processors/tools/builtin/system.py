"""What this machine is doing: `system_info` and `system_processes`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any, Literal

from pydantic import Field

from gateways.machines.vitals import Disk, Process, Vitals
from processors.tools.declare import tool
from processors.tools.wording import counted, name, share, sized, span
from schemas.tools import Tier, ToolResult

About = Literal[
    "temperature",
    "uptime",
    "memory",
    "disks",
    "load",
    "cpu",
    "identity",
    "network",
    "everything",
]
RESERVED = 0.01
"""Share of a disk that is neither free nor used, from which on it would be missed in the sum."""


@tool(
    tier=Tier.GREEN,
    timeout=10,
    examples=(
        "how much disk space is free?",
        "is the CPU busy?",
        "how much of the CPU is used?",
        "how much memory is used?",
        "how hot is the machine?",
        "how long has the server been up?",
        "what is the load average?",
        "which operating system and kernel does this machine run?",
        "what is the hostname?",
        "how many cores are there?",
        "what is the IP address of this machine?",
        "which addresses does this machine have in the network?",
        "how is the server doing?",
        "is the system healthy?",
        "show the status of the machine",
    ),
)
async def system_info(
    vitals: Vitals,
    about: Annotated[
        About,
        Field(
            description=(
                "Which part: temperature (hot, warm); uptime (how long, boot); "
                "memory (swap); disks (space, capacity, full); load (average, 15 minutes); "
                "cpu (processor, busy, idle); "
                "identity (hostname, operating system, distribution, kernel, version, cores); "
                "network (IP address, addresses, interfaces, LAN); "
                "everything (health, status, overview)."
            )
        ),
    ] = "everything",
    path: Annotated[
        str,
        Field(
            max_length=4096,
            description="A path: only the disk that holds it.",
            json_schema_extra={"format": "path"},
        ),
    ] = "",
) -> ToolResult:
    """Report the machine's CPU use, memory, disk space, temperature, load, uptime and addresses."""
    if about == "everything" and path:
        about = "disks"
    parts: dict[str, tuple[str, list[str], Any]] = {}
    wanted = ("cpu", "memory", "disks", "temperature", "load", "uptime", "identity", "network")
    for part in wanted if about == "everything" else (about,):
        match part:
            case "cpu":
                parts[part] = _cpu(await vitals.cpu(), vitals)
            case "disks":
                parts[part] = _disks(await vitals.disks(), path)
            case "memory":
                parts[part] = _memory(vitals)
            case "temperature":
                parts[part] = _temperature(vitals)
            case "load":
                parts[part] = _load(vitals)
            case "uptime":
                parts[part] = _uptime(vitals)
            case "identity":
                parts[part] = _identity(vitals)
            case "network":
                parts[part] = _network(vitals)
    data = {part: found for part, (_, _, found) in parts.items()}
    lines = [line for sentence, details, _ in parts.values() for line in (sentence, *details)]
    return ToolResult(text="\n".join(lines), data=data)


def _cpu(percent: float, vitals: Vitals) -> tuple[str, list[str], Any]:
    cores = vitals.identity().cores
    sentence = f"The CPU is {percent:.0f} % busy ({counted(cores, 'core')})."
    return sentence, [], {"percent": round(percent, 1), "cores": cores}


def _memory(vitals: Vitals) -> tuple[str, list[str], Any]:
    memory = vitals.memory()
    sentence = (
        f"{sized(memory.used)} of {sized(memory.total)} memory are in use "
        f"({share(memory.used, memory.total)}); {sized(memory.available)} are available."
    )
    swap = (
        f"Swap: {sized(memory.swap_used)} of {sized(memory.swap_total)} in use."
        if memory.swap_total
        else "There is no swap."
    )
    return sentence, [swap], {**asdict(memory), "used": memory.used}


def _disks(disks: tuple[Disk, ...], path: str) -> tuple[str, list[str], Any]:
    if path:
        disks = _holding(disks, path)
    if not disks:
        return "No disk's size could be read.", [], []
    lines = [_disk(disk) for disk in disks]
    if path.startswith("/") and disks[0].mount != (path.rstrip("/") or "/"):
        lines[:0] = [f"{name(path)} has no disk of its own; its disk is at {name(disks[0].mount)}."]
    first, *others = lines
    return first, others, [asdict(disk) for disk in disks]


def _disk(disk: Disk) -> str:
    reserved = disk.total - disk.used - disk.free
    kept = (
        f"; the file system keeps {sized(reserved)} for itself"
        if reserved > disk.total * RESERVED
        else ""
    )
    return (
        f"{sized(disk.free)} of {sized(disk.total)} are free on {name(disk.mount)} "
        f"({share(disk.free, disk.total)} free, {sized(disk.used)} used{kept})."
    )


def _holding(disks: tuple[Disk, ...], path: str) -> tuple[Disk, ...]:
    """The disk with the longest mount point above `path`, by name only: nothing is touched."""
    wanted = path.rstrip("/") or "/"
    above = [
        disk
        for disk in disks
        if wanted == disk.mount or wanted.startswith(disk.mount.rstrip("/") + "/")
    ]
    return (max(above, key=lambda disk: len(disk.mount)),) if above else disks


def _temperature(vitals: Vitals) -> tuple[str, list[str], Any]:
    sensors = vitals.temperatures()
    if not sensors:
        return "Temperature: n/a (this machine shows no sensor).", [], None
    hottest = max(sensors, key=lambda sensor: sensor.celsius)
    return (
        f"The hottest sensor ({name(hottest.name)}) shows {hottest.celsius:.0f} °C.",
        [f"{name(sensor.name)}: {sensor.celsius:.0f} °C" for sensor in sensors[:32]],
        [asdict(sensor) for sensor in sensors],
    )


def _load(vitals: Vitals) -> tuple[str, list[str], Any]:
    one, five, fifteen = vitals.load()
    cores = vitals.identity().cores
    sentence = (
        f"The load average is {one:.2f} over 1 minute, {five:.2f} over 5 and {fifteen:.2f} over "
        f"15, on {counted(cores, 'core')}."
    )
    return sentence, [], {"1m": one, "5m": five, "15m": fifteen, "cores": cores}


def _uptime(vitals: Vitals) -> tuple[str, list[str], Any]:
    seconds = vitals.uptime()
    return f"This machine has been up for {span(seconds)}.", [], {"seconds": round(seconds)}


def _network(vitals: Vitals) -> tuple[str, list[str], Any]:
    addresses = vitals.addresses()
    if not addresses:
        return "This machine has no address in any network.", [], []
    first = addresses[0]
    return (
        f"The address of this machine in its network is {name(first.address)}"
        f" ({name(first.interface)}); how it is called from outside, only its router knows.",
        [f"{name(one.interface)}: {name(one.address)}" for one in addresses[1:32]],
        [asdict(one) for one in addresses],
    )


def _identity(vitals: Vitals) -> tuple[str, list[str], Any]:
    identity = vitals.identity()
    sentence = (
        f"This machine is {name(identity.hostname)}: {identity.system}, kernel "
        f"{identity.kernel}, {identity.architecture}, {counted(identity.cores, 'core')}."
    )
    return sentence, [], asdict(identity)


@tool(
    tier=Tier.GREEN,
    timeout=10,
    # A program names its processes itself, whatever its name says.
    untrusted=True,
    examples=(
        "which processes use the most CPU?",
        "what is eating all the memory?",
        "show the top 5 programs",
        "how many processes are running?",
        "is postgres running?",
        "what makes the machine slow?",
    ),
)
async def system_processes(
    vitals: Vitals,
    by: Annotated[
        Literal["memory", "cpu"], Field(description="Sort by memory or by cpu (processor).")
    ] = "cpu",
    count: Annotated[int, Field(ge=1, le=100, description="How many to show.")] = 10,
    named: Annotated[
        str, Field(max_length=64, description="Only the process with this in its name.")
    ] = "",
) -> ToolResult:
    """List the running processes that use the most CPU or memory."""
    processes = await vitals.processes()
    total = len(processes)
    if named:
        wanted = named.casefold()
        processes = tuple(process for process in processes if wanted in process.name.casefold())
        if not processes:
            return ToolResult(
                text=f"No process with {name(named)!r} in its name is running.",
                data={"total": total, "matching": 0, "processes": []},
            )
    matching = len(processes)
    processes = tuple(sorted(processes, key=_order(by), reverse=True)[:count])
    return ToolResult(
        text="\n".join([_headline(processes, by, matching, total, named), *map(_line, processes)]),
        data={
            "total": total,
            "matching": matching,
            "by": by,
            "processes": [
                {**asdict(process), "cpu": round(process.cpu, 1)} for process in processes
            ],
        },
    )


def _order(by: str) -> Any:
    if by == "memory":
        return lambda process: (process.memory, process.cpu)
    return lambda process: (process.cpu, process.memory)


def _headline(
    processes: tuple[Process, ...], by: str, matching: int, total: int, named: str
) -> str:
    if named:
        verb = "process is" if matching == 1 else "processes are"
        return f"{matching} {verb} running with {name(named)!r} in the name."
    top = processes[0]
    most = sized(top.memory) if by == "memory" else f"{top.cpu:.0f} % of a core"
    return (
        f"{name(top.name)} (pid {top.pid}) uses the most {'memory' if by == 'memory' else 'CPU'}: "
        f"{most}; {total} processes are running."
    )


def _line(process: Process) -> str:
    return (
        f"{process.pid:>7}  {process.cpu:5.1f} %  {sized(process.memory):>9}  "
        f"{name(process.user)}  {name(f'{process.name} {process.script}'.strip())}"
    )
