"""How a run is told to people and to programs, and what its exit code is. Nothing here analyses."""
