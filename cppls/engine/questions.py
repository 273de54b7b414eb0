"""Questions to the live TU of one document at one version.

Each gives the host's answer, or ``None`` when the TU went away or moved on in the meantime: the
index answers then.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import Final, TypeAlias, TypeVar, cast

from cppls.core.live_messages import Answered, AnyQuestion, Ask
from cppls.core.live_questions import Question, decode_answer
from cppls.engine.child import Child, ChildDied, NoAnswer
from cppls.engine.gate import Gate
from cppls.engine.live_unit import Unit

A = TypeVar("A")
Watch: TypeAlias = Callable[[str, Child, "asyncio.Future[Answered]"], None]


class LiveDocument:
    """A document's TU. Cheap to make; valid until the document changes."""

    def __init__(
        self, path: str, revision: int | None, host: Child, gate: Gate, watch: Watch
    ) -> None:
        """``watch`` is told of each question while it is not answered: whom to blame when the host
        dies, or is at work for ever. Without a ``revision`` the TU may show any: what it is asked
        brings a text along."""
        self.path: Final = path
        self.revision: Final = revision
        self._raw = os.fsencode(path)
        self._host = host
        self._gate = gate
        self._watch = watch

    async def ask(self, question: Question[A]) -> A | None:
        """The TU's answer."""
        try:
            answer = self._begin(question)
            with self._gate.interactive():
                reply = await asyncio.shield(answer)
        except (ChildDied, NoAnswer):
            return None
        return self._decoded(question, reply)

    def _begin(self, question: Question[A]) -> asyncio.Future[Answered]:
        # Every question is one of the union; generics cannot say so.
        asked = Ask(self._host.next_id(), self._raw, cast("AnyQuestion", question))
        answer = asyncio.ensure_future(self._host.begin(asked, Answered))
        # How it failed is whoever waits to hear, and nobody may wait any more.
        answer.add_done_callback(lambda done: done.cancelled() or done.exception())
        self._watch(self.path, self._host, answer)
        return answer

    def _decoded(self, question: Question[A], reply: Answered) -> A | None:
        if self.revision not in (None, reply.version):
            return None
        return decode_answer(question, reply.answer)


class TypingDocument(LiveDocument):
    """The TU of a document that is typed into, whatever text it shows."""

    def __init__(self, unit: Unit, host: Child, gate: Gate, watch: Watch) -> None:
        super().__init__(unit.path, None, host, gate, watch)
        self.includes: Final = unit.includes
        """The files that it had when it was parsed last, itself left out."""
        self._unit = unit

    @property
    def is_busy(self) -> bool:
        """Whether a parse has begun, which a question has to wait for."""
        return self._unit.parsing

    async def ask_soon(self, question: Question[A], seconds: float) -> A | None:
        """As ``ask``, but ``None`` when it takes longer, and at once while the TU is still at work
        on a question that did."""
        late = self._unit.late
        if late is not None and not late.done():
            return None
        try:
            answer = self._begin(question)
            with self._gate.interactive():
                done, _ = await asyncio.wait([answer], timeout=seconds)
            if not done:
                self._unit.late = answer
                return None
            # Who types goes on from here, however long it took.
            self._unit.note_completion()
            return self._decoded(question, answer.result())
        except (ChildDied, NoAnswer):
            return None
