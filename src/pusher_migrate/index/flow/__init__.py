"""Control flow and data flow in one function: paths, and which definitions reach where."""
