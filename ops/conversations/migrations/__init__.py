"""The versions of the tables of conversations."""
