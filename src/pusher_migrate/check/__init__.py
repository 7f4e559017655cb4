"""The regression guard: legacy calls and what else is selected, as findings for hooks and CI.

Findings are those of ``migrate``'s plan. What is special is what is not done: a file that cannot
hold a finding is recognised by its bytes (`shortcut`, `run`).
"""
