"""The LSP door, from outside: real server processes, raw bytes and editors' own profiles."""
