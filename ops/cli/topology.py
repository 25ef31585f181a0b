"""Soon."""

import typer

words = typer.Typer()


def topology() -> None:
    """Soon."""
