"""The pipeline, looked at."""
