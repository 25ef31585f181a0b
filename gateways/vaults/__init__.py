"""Vaults: where secrets are kept, and how things are sealed."""
