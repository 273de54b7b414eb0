"""Floor 0: values, text, paths, settings and wire messages; imports no other part of cppls."""
