"""Conversations as people list, name and find them, and the chat at the web door."""
