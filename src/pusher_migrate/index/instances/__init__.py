"""One object in a function: the names that it goes by, and what becomes of it."""
