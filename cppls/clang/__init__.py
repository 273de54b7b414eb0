"""Floor 1: the only code that touches libclang. The server never imports it; children do."""
