"""Tests of the vaults."""
