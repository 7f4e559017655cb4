"""The call shapes that the tool recognises, as data: `test_shapes` runs them, the docs list them."""
