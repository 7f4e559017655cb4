"""Static evaluation: what an expression gives, as far as the code decides it."""
