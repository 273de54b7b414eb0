"""How long a parse or an answer in the document host may take.

libclang cannot be interrupted: a source that keeps it busy for ever (a constexpr loop, templates
that instantiate each other) is stopped with its process or not at all. Knows neither host nor
documents.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any, Final, NamedTuple

_LOOK: Final = 0.5
"""Seconds between two looks at what takes long."""


class Patience(NamedTuple):
    """Seconds. Stopping a parse costs the TUs of all open documents, so it is the last resort."""

    outdated: float = 30.0
    """For a parse whose text nobody shows any more: it was edited, or closed."""
    wanted: float = 120.0
    """For a parse of the text that is shown."""
    answer: float = 30.0
    """For an answer, the parses before it not counted: whoever asked has long had another."""


PATIENCE: Final = Patience()


async def outlasts(
    parse: asyncio.Future[Any], is_outdated: Callable[[], bool], patience: Patience
) -> bool:
    """Whether ``parse`` takes longer than it may; returns as soon as that is known."""
    started = time.monotonic()
    while not parse.done():
        limit = patience.outdated if is_outdated() else patience.wanted
        if time.monotonic() - started > limit:
            return True
        await asyncio.wait([parse], timeout=_LOOK)
    return False


async def answer_outlasts(
    answer: asyncio.Future[Any], is_parsing: Callable[[], bool], patience: Patience
) -> bool:
    """The same for an ``answer``, which has to wait while its document ``is_parsing``.

    It counts looks: time in which this process did not run is nobody's fault.
    """
    waited = 0.0
    while not answer.done():
        if waited > patience.answer:
            return True
        await asyncio.wait([answer], timeout=_LOOK)
        waited += 0 if is_parsing() else _LOOK
    return False
