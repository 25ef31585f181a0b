"""Replay: a turn again from its record, for no tokens and without effects."""
