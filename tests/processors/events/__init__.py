"""Events: rules, conditions, types."""
