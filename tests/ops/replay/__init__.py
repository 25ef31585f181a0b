"""Turns of every kind, replayed."""
