"""How a turn is led."""
