"""Foreign MCP servers: a process of its own speaks with them; the owner says what each may do."""
