"""A whole server of its own, hurt in every way there is, and a checker that judges."""
