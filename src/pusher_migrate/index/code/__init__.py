"""The files of a tree, parsed when asked for: modules, scopes, syntax, and searches by bytes."""
