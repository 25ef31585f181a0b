"""What other programs send us, and what counts of it."""
