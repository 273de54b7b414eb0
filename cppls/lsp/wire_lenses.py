"""Code lenses as structs that encode straight to JSON: see ``wire.py``."""

from __future__ import annotations

import msgspec

from cppls.lsp.wire import Range


class LensData(msgspec.Struct, frozen=True):
    """What comes back with a lens that is to be counted: ``kind`` is a ``LensKind``'s value, the
    symbol's id a string, for JSON's numbers do not hold 64 bits everywhere."""

    uri: str
    kind: str
    symbol: str


class CodeLens(msgspec.Struct, frozen=True):
    """A lens that has no command yet."""

    range: Range
    data: LensData
