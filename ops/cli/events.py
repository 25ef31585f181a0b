"""Soon."""

import typer

words = typer.Typer()


def events() -> None:
    """Soon."""
