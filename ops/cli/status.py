"""Soon."""

import typer

words = typer.Typer()


def status() -> None:
    """Soon."""
