"""Floor 1: which files a project has and which flags they get; no libclang, SQLite or LSP."""
