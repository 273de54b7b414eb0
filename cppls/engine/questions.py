"""Questions to the live TU of one document at one version.

Each gives the host's answer, or ``None`` when the TU went away or moved on in the meantime: the
index answers then.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from typing import Final, TypeVar, cast

from cppls.core.live_messages import Answered, AnyQuestion, Ask
from cppls.core.live_questions import Question, decode_answer
from cppls.engine.child import Child, ChildDied, NoAnswer
from cppls.engine.gate import Gate

A = TypeVar("A")


class LiveDocument:
    """A document's TU. Cheap to make; valid until the document changes."""

    def __init__(
        self,
        path: str,
        revision: int | None,
        host: Child,
        gate: Gate,
        asking: list[str],
        includes: Collection[str] = (),
    ) -> None:
        """``asking`` gets the path while a question waits: whom to blame when the host dies.
        Without a ``revision`` the TU may show any: what it is asked brings a text along."""
        self.path: Final = path
        self.revision: Final = revision
        self.includes: Final = includes
        """The files that it had when it was parsed last, itself left out."""
        self._raw = os.fsencode(path)
        self._host = host
        self._gate = gate
        self._asking = asking

    async def ask(self, question: Question[A]) -> A | None:
        """The TU's answer."""
        self._asking.append(self.path)
        try:
            with self._gate.interactive():
                # Every question is one of the union; generics cannot say so.
                asked = Ask(self._host.next_id(), self._raw, cast("AnyQuestion", question))
                reply = await self._host.ask(asked, Answered)
        except (ChildDied, NoAnswer):
            return None
        finally:
            self._asking.remove(self.path)
        if self.revision not in (None, reply.version):
            return None
        return decode_answer(question, reply.answer)
