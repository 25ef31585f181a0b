"""What other programs send us: how each signs it, and which events it is."""
