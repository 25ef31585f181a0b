"""Where facts are kept and found."""
