"""cppls: a C and C++ language server that stays inside a memory budget."""

__version__ = "0.1.0"
