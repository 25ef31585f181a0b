"""How we reach the world: people, models, machines."""
