"""Tests of one step of thinking."""
