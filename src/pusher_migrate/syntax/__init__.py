"""Pure helpers that turn an intent into source text and edits.

They work on single statements, never on whole modules, and none of them decides whether a change is
right: that is for the rules. What cannot be done without a guess comes back as a `Refusal`.
"""
