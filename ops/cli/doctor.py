"""Soon."""

import typer

words = typer.Typer()


def doctor() -> None:
    """Soon."""
