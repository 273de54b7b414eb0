"""Which headers are worth precompiling, and for which translation units.

Reads sources as text and knows nothing of libclang, SQLite or the LSP: what it finds is a plan,
which the workers prove right, unit by unit, when they use it. It runs in a child process of its
own (``python -m cppls.preambles.planner``), because a large project's include graph is large.
"""
