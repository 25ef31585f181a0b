"""Who may come in: people, their logins, their keys."""
