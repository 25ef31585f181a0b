"""The server functions, idea by idea, each against a real Redis."""
