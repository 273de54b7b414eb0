"""Floor 5: the command line, one file per command, over the same parts as the LSP door."""
