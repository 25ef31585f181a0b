"""The channels through which people reach the server."""
