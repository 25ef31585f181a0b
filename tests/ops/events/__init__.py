"""Events at the web door."""
