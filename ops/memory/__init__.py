"""What is remembered of people: the door to it, and what the agent may do about it."""
