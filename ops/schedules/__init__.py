"""Schedules: the clock that runs them, the door to them, and what the agent may do about them."""
