"""Tests of the Model Context Protocol's gateway."""
