"""The built page: which files there are, how long a browser may keep them, and where they are.

Names under `assets/` hold a hash of their content, so they are kept for ever; all else is asked
for again and answered with 304 while it is the same. Only files found in the folder are served,
by their exact names: there is no path to walk.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response

from schemas.errors import NotFound
from web.app import Endpoint

FOLDER = Path(__file__).with_name("static")
INDEX = "index.html"
SETUP = "/setup"
CLIENT_ROUTES = (
    *("/", "/login", SETUP),
    *("/chat", "/chat/{session}", "/settings", "/settings/{pane}", "/system", "/system/{view}"),
    *("/pipeline", "/pipeline/{view}", "/pipeline/{view}/{turn}"),
)
"""The addresses that the page itself knows."""
FILES = ("/favicon.svg", "/theme.js", "/plain.css", "/assets/{name}")
"""Where its files are; whatever else is asked for is not there."""

KEPT = "public, max-age=31536000, immutable"
ASKED = "no-cache"
PACKED = {"br": ".br", "gzip": ".gz"}
"""How a file may also be there, packed when it was built; the best first."""
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}

SET_UP = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>Set up already · LivOS</title>
<link rel="icon" href="/favicon.svg" type="image/svg+xml">
<script src="/theme.js"></script>
<link rel="stylesheet" href="/plain.css">
<main>
<img src="/favicon.svg" alt="">
<h1>This server is set up already</h1>
<p>A link to set it up works once, and it was used. Sign in with the name and the password that were
chosen then; <code>nexus people password NAME</code> in the server's terminal sets another one.</p>
<a href="/login">Sign in</a>
</main>
</html>
"""
"""Where an old link of the setup leads; it reads as well without its style."""
NOT_BUILT = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>LivOS</title>
<h1>The page is not built yet</h1>
<p>Run <code>./install.sh</code> in the folder of LivOS, on a machine with a network, and load this
page again. Everything else works: <code>nexus chat</code> talks to your server without it.</p>
</html>
"""


@dataclass(frozen=True)
class File:
    """One file, as it is and packed."""

    path: Path
    type: str
    cache: str
    packed: Mapping[str, Path] = field(default_factory=dict)

    def answer(self, request: Request) -> Response:
        """Return it in the best form that the browser takes, or 304 when it has it."""
        taken = encodings(request.headers.get("accept-encoding", ""))
        encoding = next((name for name in self.packed if name in taken), None)
        path = self.path if encoding is None else self.packed[encoding]
        stat = path.stat()
        headers = {
            "Cache-Control": self.cache,
            "ETag": f'"{stat.st_mtime_ns:x}-{stat.st_size:x}"',
            "Vary": "Accept-Encoding",
        }
        if headers["ETag"] in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        if encoding is not None:
            headers["Content-Encoding"] = encoding
        return FileResponse(path, headers=headers, media_type=self.type, stat_result=stat)


class Page:
    """The built page in a folder.

    Args:
        folder: where the build put it; it may also come, or change, later.
        set_up: says of whoever comes to the setup whether it is over and they are not signed in.
    """

    def __init__(
        self, folder: Path = FOLDER, set_up: Callable[[Request], Awaitable[bool]] | None = None
    ) -> None:
        self._folder, self._set_up = folder, set_up
        self._built = 0
        self._files: Mapping[str, File] = {}

    def endpoints(self) -> tuple[Endpoint, ...]:
        """Return the page and its files, as everybody may see them."""
        return (
            *(Endpoint("GET", path, self._index, "nothing", page=True) for path in CLIENT_ROUTES),
            *(Endpoint("GET", path, self._file, "nothing", page=True) for path in FILES),
        )

    async def _index(self, request: Request) -> Response:
        """The page."""
        if request.url.path == SETUP and self._set_up and await self._set_up(request):
            return HTMLResponse(SET_UP, headers={"Cache-Control": "no-store"})
        found = self._look().get(INDEX)
        if found is None:
            return HTMLResponse(NOT_BUILT, status_code=503, headers={"Cache-Control": "no-store"})
        return found.answer(request)

    async def _file(self, request: Request) -> Response:
        """A file of the page."""
        found = self._look().get(request.url.path.removeprefix("/"))
        if found is None:
            raise NotFound("There is no such file.")
        return found.answer(request)

    def _look(self) -> Mapping[str, File]:
        """Return the files; looked through again when the page was built anew."""
        try:
            built = (self._folder / INDEX).stat().st_mtime_ns
        except FileNotFoundError:
            return {}
        if built != self._built:
            self._files, self._built = found_in(self._folder), built
        return self._files


def found_in(folder: Path) -> dict[str, File]:
    """Return the files of a built page by name; of a kind that is not known, none."""
    names = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*")}
    return {
        name: File(
            path=path,
            type=TYPES[path.suffix],
            cache=KEPT if name.startswith("assets/") else ASKED,
            packed={
                encoding: names[name + suffix]
                for encoding, suffix in PACKED.items()
                if name + suffix in names
            },
        )
        for name, path in names.items()
        if path.suffix in TYPES and path.is_file()
    }


def encodings(header: str) -> set[str]:
    """Return what an `Accept-Encoding` header takes; what has the weight 0 is refused."""
    found = set[str]()
    for each in header.split(","):
        name, _, weight = each.partition(";")
        if weight.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}:
            found.add(name.strip().lower())
    return found
