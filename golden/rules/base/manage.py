"""Marks the root of the project; nothing runs it."""
