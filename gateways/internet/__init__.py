"""How we reach pages of the internet that somebody names: checked, bounded, never the house."""
