"""The rules of the house, held by tests: how the code is laid out, named, locked and installed."""
