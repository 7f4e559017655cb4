"""What emits what, where: every emission of a project as values that the reports show."""
