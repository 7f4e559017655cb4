"""Which transaction a statement runs in, and what runs after a commit only."""
