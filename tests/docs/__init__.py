"""The pages are true."""
