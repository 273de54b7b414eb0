"""The TU of a document's text as it was before the last edits, asked about the text as it is now.

While somebody types there is a parse at work nearly all the time, and what the edits did not touch
means what it meant a moment ago. So what the earlier TU knows of a token that stands there still
is told at once, its places moved to where they are now. What it does not know, and what was edited,
the exact TU is waited for. Must not decide when an earlier TU will do: only who asks knows that.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from typing import Any, Final, Protocol, TypeVar

from msgspec.structs import replace

from cppls.core.live_questions import (
    Describe,
    Description,
    Question,
    SymbolAt,
    SymbolsAt,
    TargetSymbol,
)
from cppls.core.model import Position, Span
from cppls.core.position_map import PositionMap

A = TypeVar("A")


class Live(Protocol):
    """What both TUs are asked: ``questions.LiveDocument``."""

    @property
    def path(self) -> str: ...
    async def ask(self, question: Question[A]) -> A | None: ...


class EarlierDocument:
    """A document's TU of an earlier text. Its answers are about the present one."""

    def __init__(
        self,
        earlier: Live,
        places: PositionMap,
        exact: Callable[[], Awaitable[Live | None]],
    ) -> None:
        """``places`` lead from the earlier text to the present one; ``exact`` waits for the TU of
        the present text, within bounds."""
        self._earlier = earlier
        self._places = places
        self._exact = exact
        self._raw: Final = os.fsencode(earlier.path)

    async def ask(self, question: Question[A]) -> A | None:
        """What the earlier TU knows, where that is certain; else from the exact one: nobody could
        see what is missing from a list."""
        known = await self._known(question)
        if known is not None:
            return known
        exact = await self._exact()
        return await exact.ask(question) if exact is not None else None

    async def _known(self, question: Question[Any]) -> Any:
        match question:
            case SymbolAt(position):
                return await self._symbols_at(position)
            case Describe(position):
                return await self._described(position)
            case _:
                return None

    async def _symbols_at(self, position: Position) -> SymbolsAt | None:
        there = self._places.to_old(position)
        found = await self._earlier.ask(SymbolAt(there)) if there is not None else None
        return self._symbols(found) if found is not None else None

    async def _described(self, position: Position) -> Description | None:
        there = self._places.to_old(position)
        found = await self._earlier.ask(Describe(there)) if there is not None else None
        return self._description(found) if found is not None else None

    # --- places; ``None`` when one of an answer's is not what it was ---

    def _symbols(self, found: SymbolsAt) -> SymbolsAt | None:
        token = self._places.to_new(found.token) if found.token is not None else None
        symbols = [moved for each in found.symbols if (moved := self._symbol(each)) is not None]
        if token is None or len(symbols) < len(found.symbols) or not (symbols or found.include):
            return None
        return replace(found, token=token, symbols=symbols)

    def _symbol(self, symbol: TargetSymbol) -> TargetSymbol | None:
        declaration = self._span(symbol.declaration_path, symbol.declaration)
        definition = self._span(symbol.definition_path, symbol.definition)
        type_span = self._span(symbol.type_path, symbol.type_span)
        if declaration is None or definition is None or type_span is None:
            return None
        return replace(symbol, declaration=declaration, definition=definition, type_span=type_span)

    def _description(self, found: Description) -> Description | None:
        token = self._places.to_new(found.token)
        start, size = found.position, len(found.name.encode())
        name = Span(start.line, start.column, start.line, start.column + size)
        declared = self._span(found.path, name)
        if token is None or declared is None:
            return None
        return replace(found, token=token, position=Position(declared.line, declared.column))

    def _span(self, path: bytes, span: Span) -> Span | None:
        """Where ``span`` of the file ``path`` is now: in other files where it was."""
        return self._places.to_new(span) if path == self._raw else span
