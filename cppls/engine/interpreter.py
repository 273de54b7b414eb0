"""The server's own Python interpreter: how its threads take turns, and what it gives back at rest.

Knows nothing of what the server does.
"""

from __future__ import annotations

import gc
import sys
from typing import Final

from cppls.core.system import trim_memory

SWITCH_SECONDS: Final = 0.001
"""A thread that decodes or writes lets go of the interpreter this often. Python's own 5 ms make the
event loop late by as much each time it comes back from waiting."""


def prepare() -> None:
    """Make it fit for a server; to be called once all is imported. Further calls change nothing."""
    sys.setswitchinterval(SWITCH_SECONDS)
    if not gc.get_freeze_count():
        # What is imported stays: looking through it for cycles would take 30 ms each time.
        gc.freeze()


def rest() -> None:
    """There is nothing to do for now: drop what is garbage, give freed memory to the system."""
    gc.collect()  # Quick, as what is imported is left out.
    trim_memory()
