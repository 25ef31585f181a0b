"""Tests of the process that speaks with foreign servers."""
