"""`nexus mcp`: the Model Context Protocol, from this terminal."""

from __future__ import annotations

import typer

from ops.cli.place import Root

words = typer.Typer(
    help="Lend the agent's tools to other programs (Model Context Protocol).",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@words.command("serve")
def serve(_root: Root = None) -> None:
    """Serve the agent's tools on standard input and output, for a program that starts this.

    The program has the rights of whoever starts it, as `nexus tools run` has: what needs a
    decision waits for it, on the page, in a messenger or by `nexus approvals`. Programs elsewhere
    use `/mcp` at the server's address, with a key that has the right `tools`.

    \b
    Examples:
      nexus mcp serve
      nexus --root /srv/nexus mcp serve
    """
    import asyncio

    from gateways.mcp.stdio import serve as speak
    from ops.cli import place
    from ops.cli.mcp_local import Local

    here = place.settings()
    place.reachable(here)
    asyncio.run(speak(place.our_version(), Local(here)))
