"""How words travel, and survive."""
