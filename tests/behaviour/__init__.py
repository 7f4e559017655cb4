"""What the rules rely on, shown on real Django, real databases and real subscribers.

Nothing here imports Django into the test process: every project runs in a process of its own, so
that one project's settings never meet another's.
"""
