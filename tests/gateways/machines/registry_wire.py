"""A wire stand-in: it speaks as much of a registry's protocol as it takes to hand out one image."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
CONFIG = "application/vnd.docker.container.image.v1+json"
LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"


@contextmanager
def registry_wire() -> Iterator[str]:
    """Serve `tea:1` on loopback; give `host:port`."""
    blobs: dict[str, bytes] = {}

    def kept(data: bytes) -> str:
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
        blobs[digest] = data
        return digest

    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as tar:
        tar.addfile(tarfile.TarInfo("tea"))
    layer = gzip.compress(raw.getvalue(), mtime=0)
    config = json.dumps(
        {
            "architecture": "amd64",
            "os": "linux",
            "config": {"Cmd": ["/tea"]},
            "rootfs": {
                "type": "layers",
                "diff_ids": [f"sha256:{hashlib.sha256(raw.getvalue()).hexdigest()}"],
            },
        }
    ).encode()
    manifest = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": {"mediaType": CONFIG, "size": len(config), "digest": kept(config)},
            "layers": [{"mediaType": LAYER, "size": len(layer), "digest": kept(layer)}],
        }
    ).encode()
    known = {"1": manifest, kept(manifest): manifest}

    class Registry(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            what, _, name = self.path.removeprefix("/v2/tea/").partition("/")
            found = b"{}" if self.path == "/v2/" else None
            found = found or (known if what == "manifests" else blobs).get(name)
            if self.path.startswith("/v2/tea/") or self.path == "/v2/":
                self.send_response(200 if found else 404)
            else:
                self.send_response(404)
                found = None
            self.send_header("Content-Type", MANIFEST if what == "manifests" else CONFIG)
            self.send_header("Content-Length", str(len(found or b"")))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(found or b"")

        do_HEAD = do_GET  # noqa: N815 - as the library calls it

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Registry)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
