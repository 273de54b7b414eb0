"""clangd's ``textDocument/symbolInfo``: the identity of what a token names."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass

from cppls.core.live_questions import SymbolAt, TargetSymbol
from cppls.core.model import Location, Position, Span
from cppls.features.answer import Absence, Answer, Reason
from cppls.features.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class SymbolInfo:
    """A symbol as clangd identifies it."""

    name: str
    container: str
    """The qualified name of what it is in, with ``::`` at its end; empty for the global scope."""
    usr: str
    declaration: Location | None
    definition: Location | None

    @property
    def id(self) -> str:
        """clangd's: the first half of 64 bits of the USR's SHA-1, in upper case."""
        return hashlib.sha1(os.fsencode(self.usr), usedforsecurity=False).digest()[:8].hex().upper()


async def symbol_info(snapshot: Snapshot, path: str, position: Position) -> Answer[SymbolInfo]:
    """What the token at ``position`` names; several where that is ambiguous.

    Only a parse knows USRs: the index holds hashes of them.
    """
    live = await snapshot.live(path, exact=False)
    found = await live.ask(SymbolAt(position)) if live is not None else None
    if found is None:
        return Answer(absence=Absence(Reason.NOT_INDEXED, f"{path} is not parsed yet"))
    items = [_info(symbol) for symbol in found.symbols]
    absence = None if items else Absence(Reason.UNKNOWN, "nothing here names a symbol")
    return Answer(items, token=found.token, absence=absence)


def _info(symbol: TargetSymbol) -> SymbolInfo:
    return SymbolInfo(
        symbol.name,
        f"{symbol.scope}::" if symbol.scope else "",
        symbol.usr,
        _location(symbol.declaration_path, symbol.declaration),
        _location(symbol.definition_path, symbol.definition),
    )


def _location(path: bytes, span: Span) -> Location | None:
    return Location(os.fsdecode(path), span) if path else None
