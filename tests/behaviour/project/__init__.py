"""A small Django project: a desk with tickets, whose changes are told to subscribers."""
