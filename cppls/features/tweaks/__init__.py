"""Code actions that change code: each file one, as ``await tweak(selection) -> Offer | None``.

An offer is cheap and says what would be done; the edits are made when the user takes it, from the
same text. A tweak whose result would not mean the same is not offered, or raises ``Refused`` with
the reason. Names and titles are clangd's where clangd has the same.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from typing import Final, TypeAlias

from cppls.core.model import Span
from cppls.features.snapshot import Snapshot
from cppls.features.tweaks.add_using import add_using
from cppls.features.tweaks.define_inline import define_inline
from cppls.features.tweaks.define_outline import define_outline
from cppls.features.tweaks.expand_auto import expand_auto
from cppls.features.tweaks.expand_macro import expand_macro
from cppls.features.tweaks.extract_function import extract_function
from cppls.features.tweaks.extract_variable import extract_variable
from cppls.features.tweaks.implement_virtuals import implement_virtuals
from cppls.features.tweaks.missing_definition import missing_definition
from cppls.features.tweaks.populate_switch import populate_switch
from cppls.features.tweaks.raw_string import raw_string
from cppls.features.tweaks.selection import Offer, Selection, select
from cppls.features.tweaks.swap_if import swap_if

Tweak: TypeAlias = Callable[[Selection], Awaitable[Offer | None]]

TWEAKS: Final[dict[str, Tweak]] = {
    "extract_variable": extract_variable,
    "extract_function": extract_function,
    "implement_virtuals": implement_virtuals,
    "missing_definition": missing_definition,
    "define_outline": define_outline,
    "define_inline": define_inline,
    "swap_if": swap_if,
    "populate_switch": populate_switch,
    "expand_auto": expand_auto,
    "expand_macro": expand_macro,
    "raw_string": raw_string,
    "add_using": add_using,
}
"""By a name that a client hands back; in the order in which they are shown."""


async def offers(
    snapshot: Snapshot, path: str, span: Span, names: Collection[str] = tuple(TWEAKS)
) -> dict[str, Offer]:
    """What can be done with the code at ``span``, by name; nothing without a parsed TU."""
    selection = await select(snapshot, path, span)
    if selection is None:
        return {}
    found = {name: await TWEAKS[name](selection) for name in names if name in TWEAKS}
    return {name: offer for name, offer in found.items() if offer is not None}
