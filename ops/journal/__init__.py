"""The journal: everything that happened, in SQL, chained, searchable."""
