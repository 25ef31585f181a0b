"""Tests of approvals through the whole pipeline."""
