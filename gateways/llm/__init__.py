"""How we reach models: one protocol, a file for each kind."""
