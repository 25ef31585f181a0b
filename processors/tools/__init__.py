"""What the agent can do: tools, how they are declared, and how they are run."""
