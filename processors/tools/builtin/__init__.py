"""The tools every house has: one readable list."""

from __future__ import annotations

from processors.tools.builtin.clock import time_now
from processors.tools.builtin.compose import compose_down, compose_show, compose_up
from processors.tools.builtin.containers import docker_list, docker_logs
from processors.tools.builtin.containers_change import (
    docker_exec,
    docker_pull,
    docker_remove,
    docker_restart,
    docker_start,
    docker_stop,
)
from processors.tools.builtin.files import (
    download_offer,
    files_largest,
    files_list,
    files_read,
    files_search,
)
from processors.tools.builtin.finding import tools_find
from processors.tools.builtin.internet import http_download, web_fetch, web_search
from processors.tools.builtin.services import services_restart, services_status
from processors.tools.builtin.shell import shell_run
from processors.tools.builtin.subagents import subagent_delegate
from processors.tools.builtin.system import system_info, system_processes
from processors.tools.builtin.workspace import (
    files_delete,
    files_edit,
    files_move,
    files_restore,
    files_write,
    notes_append,
)
from processors.tools.declare import Tool

BUILTIN: tuple[Tool, ...] = (
    system_info,
    system_processes,
    docker_list,
    docker_logs,
    files_list,
    files_read,
    files_search,
    files_largest,
    services_status,
    time_now,
    notes_append,
    files_write,
    tools_find,
    files_edit,
    files_move,
    files_delete,
    files_restore,
    shell_run,
    docker_start,
    docker_stop,
    docker_restart,
    docker_exec,
    docker_pull,
    docker_remove,
    download_offer,
    compose_show,
    compose_up,
    compose_down,
    web_fetch,
    web_search,
    http_download,
    services_restart,
    subagent_delegate,
)
"""All of them, in the order in which they are shown. They take, by type, what `ops/main.py` hands
them of gateways/machines/ and gateways/internet/, and the `Policies` of the moment."""
