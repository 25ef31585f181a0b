"""Tests of the messengers, as the server runs them."""
