"""Memory at the web door, and as tools."""
