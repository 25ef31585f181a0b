"""The pipeline at a glance: its stages, in the order in which a message meets them."""

from __future__ import annotations

from typing import Any

from gateways.channels.deliver import deliver
from gateways.channels.send import send
from gateways.channels.show import show
from processors.control import steer
from processors.events.forward import forward
from processors.events.react import react
from processors.inbox import admit
from processors.respond import respond
from processors.route import route
from processors.think import think
from processors.tool import tool
from streams.stage import Stage

STAGES: tuple[Stage[..., Any], ...] = (
    admit, route, think, tool, respond, deliver, show, steer, react, forward,
)  # fmt: skip
"""Everything that runs."""
BESIDE = frozenset({"react", "forward"})
"""Stages that no message meets on its way: they wait for events."""
MET = tuple(one for one in STAGES if one.name not in BESIDE)
"""Those that a message can meet."""

ELSEWHERE: tuple[Stage[..., Any], ...] = (send,)
"""What runs in the process of the messengers, and only while one of them is on."""
