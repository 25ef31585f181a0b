"""The owner's files at the web door."""
