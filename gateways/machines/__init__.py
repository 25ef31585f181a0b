"""How we reach machines: this host's vitals, files, services, and containers."""
