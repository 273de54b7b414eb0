"""Floor 1: which files a project has and which flags they get; no libclang, SQLite or LSP."""

from cppls.project.project import Project
from cppls.project.values import Changes, Command, Dropped, Explanation, Problem, Toolchain

__all__ = ["Changes", "Command", "Dropped", "Explanation", "Problem", "Project", "Toolchain"]
