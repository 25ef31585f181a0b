"""The settings in a browser, behind a real web door."""
