"""Code actions that change code, each by what becomes of a text."""
