"""Draft a catalogue from the code: clients, transport, the manager, events, states.

What is drafted is for a person to read: each line says what it was inferred from and how surely.
"""
