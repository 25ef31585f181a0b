"""Tests of what each role may do on Redis."""
