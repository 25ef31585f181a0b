"""Notices and layouts."""
