"""Which words exist: every message, every record entry, every expected error."""
