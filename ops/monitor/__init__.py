"""How the machine is, now and over the last day."""
