"""Asks a `tests.ready` for a process; light, for it is also a command that stands for one.

`python tests/wish.py DOOR -c CODE WORDS…` does what `python -c CODE WORDS…` does, for shells: DOOR
is the number of the inherited socket that `Ready.door` is.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from collections.abc import Mapping, Sequence


def wished(
    door: socket.socket,
    words: Sequence[str],
    env: Mapping[str, str],
    streams: tuple[int, int, int],
) -> socket.socket:
    """Wish for a process; return the line on which its number is told, and then its end.

    Args:
        door: where wishes are made.
        words: what an interpreter is given: `-m` and a module, or `-c` and code, and arguments.
        env: its environment.
        streams: what it reads, and where it prints.
    """
    wish = json.dumps({"words": list(words), "env": dict(env), "cwd": os.getcwd()})
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        socket.send_fds(door, [wish.encode()], [*streams, theirs.fileno()])
    return ours


def main(number: str, *words: str) -> int:
    """Stand for a process: hand on signals, and end as it ends."""
    signals = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)
    # What comes before there is whom to hand it to waits.
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    with socket.socket(fileno=int(number)) as door:
        line = wished(door, words, os.environ, (0, 1, 2))
    pid = int(line.recv(64))
    for one in signals:
        signal.signal(one, lambda how, _: os.kill(pid, how))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, signals)
    status = int(line.recv(64))
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
