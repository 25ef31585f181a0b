"""The pipeline, looked at: its stages now, and the way of one message."""
