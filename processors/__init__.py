"""How the agent decides."""
