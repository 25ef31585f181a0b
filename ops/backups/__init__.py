"""Backups: everything the owner would miss, in one sealed file, and back again."""
