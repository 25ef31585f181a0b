"""Real processes, real kills, and a checker that reads what is left."""
