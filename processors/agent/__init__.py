"""How a turn is led: who speaks, what is asked of a model, which words are commands."""
