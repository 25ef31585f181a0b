"""The command line, as a person or a script meets it: real processes, a real server."""
