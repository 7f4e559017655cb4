"""The generated Django project."""
