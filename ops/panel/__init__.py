"""The panel: how the owner changes the settings and the keys in a browser."""
