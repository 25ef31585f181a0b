"""Tests of how the agent decides."""
