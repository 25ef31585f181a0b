"""What this server does for its owner, and how it is run."""
