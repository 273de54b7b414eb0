"""The memory budget: how a user writes it, what the profiles mean, and the smallest that works.

Numbers only: it must not know processes, nor who keeps to the budget.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Final

VARIABLE: Final = "CPPLS_MEMORY"
"""Environment variable that counts where neither settings nor options name a budget."""

PROFILES: Final = ("small", "normal", "large")
DEFAULT: Final = "normal"

SMALLEST: Final = 192 << 20
"""Bytes. Measured, PSS: the server with an index takes 45 to 60 MB, a document host that has parsed
a file of usual size 56 MB, and a worker that reads a file with the standard headers 45 to 65 MB.
With 160M, leveldb's index was not made while a file was open: the server and the host left 40 MB;
with 192M it is complete, within the budget, and the answers go on."""

_SMALL: Final = 256 << 20
_NORMAL: Final = 2 << 30
_SIZE: Final = re.compile(r"(\d+(?:\.\d+)?|\.\d+)\s*([KMGT]?)(?:I?B)?", re.IGNORECASE)
_SHIFT: Final = {"": 0, "K": 10, "M": 20, "G": 30, "T": 40}


class BudgetError(ValueError):
    """A budget that cannot be kept, or is no size at all; the text says what to do."""


def budget_bytes(text: str, ram: int, environment: Mapping[str, str] | None = None) -> int:
    """The budget in bytes that ``text`` means on a machine with ``ram`` bytes.

    ``text`` is a size or a profile's name; empty: what the environment says, else ``normal``.
    Raises ``BudgetError`` for what is neither, and for a size that is too small to work with; the
    text names the variable where it is at fault.
    """
    environment = os.environ if environment is None else environment
    text, fault = text.strip(), ""
    if not text:
        text, fault = environment.get(VARIABLE, "").strip() or DEFAULT, f"{VARIABLE}: "
    if text.lower() in PROFILES:
        return _profile(text.lower(), ram)
    try:
        size = parse_size(text)
    except BudgetError as error:
        raise BudgetError(f"{fault}{error}") from None
    if size < SMALLEST:
        raise BudgetError(
            f"{fault}a memory budget of {text} is too small: {show_size(SMALLEST)} is the least"
            " that works (the server takes up to 60 MB of it, a document host with one file 56 MB,"
            " and a worker that reads the standard headers 65 MB)"
        )
    return size


def parse_size(text: str) -> int:
    """Bytes of ``512M``, ``1.5 GB``, ``262144K``, ``1073741824``; a K is 1024.

    Raises ``BudgetError``.
    """
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        raise BudgetError(
            f"{text!r} is no size: 512M or 1.5G is meant, or one of {', '.join(PROFILES)}"
        )
    return int(float(found[1]) * (1 << _SHIFT[found[2].upper()]))


def show_size(size: int) -> str:
    """``size`` bytes as a user would write them: ``512M``, ``1.5G``."""
    if size >= 1 << 30:
        return f"{size / (1 << 30):.4g}G"
    return f"{size / (1 << 20):.4g}M"


def _profile(name: str, ram: int) -> int:
    size = {"small": _SMALL, "normal": min(ram // 4, _NORMAL), "large": ram // 2}[name]
    return max(size, SMALLEST)
