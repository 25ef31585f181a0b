"""Tests of approvals in the server functions."""
