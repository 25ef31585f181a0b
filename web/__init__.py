"""How people reach us by browser."""
