"""Who may use the console: users, tokens, sessions, roles, and what every request must fulfil."""
