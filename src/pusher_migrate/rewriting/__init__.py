"""What the rules share that replace one call by another: the site, the binding, the edits."""
