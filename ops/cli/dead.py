"""Soon."""

import typer

words = typer.Typer()


def dead() -> None:
    """Soon."""
