"""The words, and their snapshots."""
