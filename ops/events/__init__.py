"""Events from programs: told with a key, signed, or by a webhook."""
