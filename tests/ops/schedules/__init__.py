"""Schedules at the web door, and as tools."""
