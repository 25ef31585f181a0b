"""The journal, with a real Redis, a real database and real writers."""
