"""The LSP door: the only part of cppls that knows pygls, lsprotocol and a client's encoding."""
