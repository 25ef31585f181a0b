"""The Model Context Protocol, both ways: our tools for other programs, and theirs for us."""
