"""A model server on this machine is found and offered."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from gateways.llm.local import Local, find


@contextmanager
def ollama(body: bytes, status: int = 200) -> Iterator[int]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/api/tags" else 404)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield int(server.server_port)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_it_is_offered_with_its_models() -> None:
    with ollama(json.dumps({"models": [{"name": "qwen3:8b"}, {"name": "tiny"}]}).encode()) as port:
        found = find(port)
    assert found == Local(f"http://127.0.0.1:{port}/v1", ("qwen3:8b", "tiny"))
    assert "openai:qwen3:8b" in found.offer


@pytest.mark.parametrize("body", [b"", b"[]", b'{"models": 3}', b"<html>"])
def test_another_server_is_none(body: bytes) -> None:
    with ollama(body) as port:
        assert find(port) is None


def test_nobody_there_is_none() -> None:
    assert find(9) is None
