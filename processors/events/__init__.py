"""Events: what their types are, which rules act on them, and what they do."""
