"""The hierarchies' part of the protocol, as structs that encode to JSON: see ``wire.py``."""

from __future__ import annotations

import msgspec

from cppls.lsp.wire import Range


class HierarchyItem(msgspec.Struct, frozen=True, omit_defaults=True, rename="camel"):
    """``CallHierarchyItem`` and ``TypeHierarchyItem``: they have the same fields.

    ``data`` is the symbol's id, 16 hexadecimal digits as in clangd; ``detail`` its qualified name.
    """

    name: str
    kind: int
    uri: str
    range: Range
    selection_range: Range
    data: str
    detail: str = ""
    tags: list[int] = []


class IncomingCall(msgspec.Struct, frozen=True):
    """A caller, and where it calls, in its own file."""

    from_: HierarchyItem = msgspec.field(name="from")
    from_ranges: list[Range] = msgspec.field(name="fromRanges")


class OutgoingCall(msgspec.Struct, frozen=True, rename="camel"):
    """What is called, and where, in the file of the item that was asked about."""

    to: HierarchyItem
    from_ranges: list[Range]
