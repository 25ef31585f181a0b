"""Soon."""

import typer

words = typer.Typer()


def config() -> None:
    """Soon."""
