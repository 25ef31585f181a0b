"""Soon."""

import typer

words = typer.Typer()


def chat() -> None:
    """Soon."""
