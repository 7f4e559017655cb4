"""Who calls a function, when the call runs, and what it may do to its arguments."""
