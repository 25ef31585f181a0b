"""Takes the pictures of the documentation anew: `make pictures`."""

from __future__ import annotations

import base64
import json
import re
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.house.tree import ROOT
from tests.web.ui.conftest import SCRIPTS, WIDE, Server, choose, log_in, run_owned
from tests.web.ui.login import SECONDS

FOLDER = ROOT / "docs/pictures"
QUALITY = 82
MOST = 120_000
"""Bytes of one picture: the guide shows several."""
STILL = """() => document.getAnimations().every((each) =>
    each.playState !== 'running' || each.effect.getTiming().iterations === Infinity)"""
"""Whether nothing moves but what always turns."""
NOWHERE = "http://127.0.0.1:9"
"""Where the provider with the key would be: nothing is asked for a picture."""
QUESTION = "The photo app is slow. What can I do?"
SCRIPT = [
    {
        "text": "Let me see what the photos and their previews take.",
        "calls": [{"tool": "system_info", "arguments": {}}],
    },
    {
        "text": "The previews of deleted albums are still there. They can be made again at any "
        "time, so I would remove those that nobody opened for a year.",
        "calls": [
            {
                "tool": "shell_run",
                "arguments": {"command": "find photos/.previews -atime +365 -delete"},
            }
        ],
    },
]


def approval(page: Page, server: Server) -> None:
    """A call in the chat that waits for its person."""
    choose(page, "Sonnet")
    page.get_by_label("Message").fill(QUESTION)
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("button", name="Allow once")).to_be_enabled()


def pipeline(page: Page, server: Server) -> None:
    """The map, while its stages have something to tell."""
    for question in ("what time is it?", "how busy is it?", "how much disk space is free?"):
        page.get_by_role("button", name="New conversation").first.click()
        choose(page, "Flash")
        page.get_by_label("Message").fill(question)
        page.get_by_role("button", name="Send").click()
        expect(page.get_by_text("Done,")).to_be_visible()
    alone(page, "Pipeline")
    expect(page.get_by_role("article", name="think")).to_contain_text(re.compile(r"p95\s*[\d<]"))


def system(page: Page, server: Server) -> None:
    """How the machine is."""
    alone(page, "System")
    expect(page.get_by_role("region", name="Processor").locator("canvas")).to_be_visible()
    page.get_by_role("region", name="Disks").wait_for()


def models(page: Page, server: Server) -> None:
    """What answers, and what it may cost; the models are the ones of a server with keys."""
    for tier in (*SCRIPTS, "flash"):
        server.nexus("config", "unset", f"models.{tier}")
    server.nexus("config", "set", "gemini_base_url", NOWHERE)
    assert server.nexus("secrets", "set", "GEMINI_API_KEY", stdin="picture-7f3a").returncode == 0
    alone(page, "Settings")
    page.get_by_role("tab", name="Models").click()
    page.get_by_role("heading", name="Spending").wait_for()


def desktop(page: Page, server: Server) -> None:
    """Two windows side by side."""
    page.get_by_role("link", name="LivOS").click()
    for name, side in (("Chat", "ArrowLeft"), ("System", "ArrowRight")):
        front(page, name)
        page.keyboard.press(f"Alt+Shift+{side}")
    page.get_by_role("region", name="Disks").wait_for()


SCENES: tuple[tuple[str, Callable[[Page, Server], None]], ...] = (
    ("approval", approval),
    ("pipeline", pipeline),
    ("system", system),
    ("models", models),
    ("desktop", desktop),
)
"""In this order: a later one shows what an earlier one left."""


def alone(page: Page, app: str) -> None:
    """Put all windows away, and open the one of an app."""
    page.get_by_role("link", name="LivOS").click()
    page.get_by_role("region", name="Storage").get_by_text("free of").wait_for()
    front(page, app)


def front(page: Page, app: str) -> None:
    """Bring the window of an app to the front."""
    dock = page.get_by_role("toolbar", name="Dock")
    dock.get_by_role("button", name=app).click()
    dock.get_by_role("button", name=re.compile(f"^{app}, open, in front")).wait_for()


def take(page: Page, name: str) -> None:
    """Write one picture, when nothing loads and nothing moves any more."""
    page.mouse.move(4, 600)
    page.wait_for_load_state("networkidle")
    page.wait_for_function(STILL)
    client = page.context.new_cdp_session(page)
    asked = {"format": "webp", "quality": QUALITY}
    data = base64.b64decode(client.send("Page.captureScreenshot", asked)["data"])
    assert len(data) < MOST, f"{name} has {len(data)} bytes"
    (FOLDER / f"{name}.webp").write_bytes(data)


def all_of(browser: Browser, server: Server) -> None:
    """Take all pictures in one browser, as one person sees them one after the other."""
    page = browser.new_page(viewport={"width": WIDE[0], "height": WIDE[1]}, reduced_motion="reduce")
    page.set_default_timeout(SECONDS * 1000)
    log_in(page, server)
    for name, scene in SCENES:
        scene(page, server)
        take(page, name)


def main() -> None:
    """Start a server and a browser of their own, and take all pictures."""
    found = shutil.which("chromium")
    assert found, "chromium is missing; ./install.sh dev installs it"
    expect.set_options(timeout=SECONDS * 1000)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        script = Path(folder) / "sonnet.json"
        script.write_text(json.dumps(SCRIPT))
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        for server in run_owned(("models.sonnet", f"scripted:{script}")):
            all_of(browser, server)
        browser.close()


if __name__ == "__main__":
    main()
