"""Type inference: what an expression is, from the code and from what Django implies."""
