"""Tests of bringing a backup back."""
