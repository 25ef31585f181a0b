"""Conversations as people list, name and find them."""
