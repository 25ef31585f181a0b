"""The messengers: which are on, how they are, and the process they run in."""
