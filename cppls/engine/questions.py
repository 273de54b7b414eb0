"""Questions to the live TU of one document at one version.

Each gives the host's answer, or ``None`` when the TU went away or moved on in the meantime: the
index answers then.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Final, TypeVar

from cppls.core.messages import (
    Describe,
    Described,
    Occurrences,
    Outline,
    Outlined,
    Spots,
    SymbolAt,
    SymbolsAt,
)
from cppls.core.model import Position, SymbolId
from cppls.engine.child import Child, ChildDied, NoAnswer, Numbered
from cppls.engine.gate import Gate

A = TypeVar("A", SymbolsAt, Spots, Outlined, Described)


class LiveDocument:
    """A document's TU. Cheap to make; valid until the document changes."""

    def __init__(
        self, path: str, revision: int, host: Child, gate: Gate, asking: list[str]
    ) -> None:
        """``asking`` gets the path while a question waits: whom to blame when the host dies."""
        self.path: Final = path
        self.revision: Final = revision
        self._raw = os.fsencode(path)
        self._host = host
        self._gate = gate
        self._asking = asking

    async def symbol_at(self, position: Position) -> SymbolsAt | None:
        """Which symbols the token at ``position`` names."""
        return await self._ask(SymbolAt(self._host.next_id(), self._raw, position), SymbolsAt)

    async def occurrences(self, symbols: Sequence[SymbolId]) -> Spots | None:
        """Every occurrence of ``symbols`` in this file, ordered by position."""
        question = Occurrences(self._host.next_id(), self._raw, list(symbols))
        return await self._ask(question, Spots)

    async def outline(self) -> Outlined | None:
        """The declarations of this file as a tree."""
        return await self._ask(Outline(self._host.next_id(), self._raw), Outlined)

    async def describe(self, position: Position) -> Described | None:
        """What there is to say about the token at ``position``."""
        return await self._ask(Describe(self._host.next_id(), self._raw, position), Described)

    async def _ask(self, question: Numbered, answer: type[A]) -> A | None:
        self._asking.append(self.path)
        try:
            with self._gate.interactive():
                reply = await self._host.ask(question, answer)
        except (ChildDied, NoAnswer):
            return None
        finally:
            self._asking.remove(self.path)
        return reply if reply.version == self.revision else None
