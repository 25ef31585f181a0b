"""Soon."""

import typer

words = typer.Typer()


def logs() -> None:
    """Soon."""
