"""Asking the index for what it can add to an answer that can stand without it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from cppls.features.snapshot import Snapshot
from cppls.index.errors import IndexUnavailable
from cppls.index.reader import Reader

P = ParamSpec("P")
T = TypeVar("T")


async def look_up(
    snapshot: Snapshot,
    otherwise: T,
    function: Callable[Concatenate[Reader, P], T],
    *args: P.args,
    **kwargs: P.kwargs,
) -> T:
    """``function(reader, ...)``; ``otherwise`` while there is no index that can be read.

    A damaged index is another matter: that raises, for the user should know of it.
    """
    try:
        return await snapshot.query(function, *args, **kwargs)
    except IndexUnavailable:
        return otherwise


async def look_up_all(
    snapshot: Snapshot,
    otherwise: T,
    function: Callable[Concatenate[Reader, P], T],
    *args: P.args,
    **kwargs: P.kwargs,
) -> T:
    """The same for a list that should miss nothing: with all that was typed and not saved."""
    await snapshot.settle()
    return await look_up(snapshot, otherwise, function, *args, **kwargs)
