"""Floor 2: the index on disk, the only part that touches SQLite.

A project's index is one database with one writer and any number of readers, in this process or
in others. ``store.py`` opens it, ``writer.py`` fills it, ``reader.py`` answers from it.
"""
