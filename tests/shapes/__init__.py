"""The call shapes that are recognised, as data: `test_shapes` runs them, the docs list them."""
