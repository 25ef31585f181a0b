"""Where facts are kept and found: the query engine of Redis."""
