"""``textDocument/signatureHelp``: the functions whose call holds a place, and the argument."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cppls.core.live_completion import Signature, Signatures
from cppls.core.model import Position
from cppls.features.answer import Absence, Answer, Reason
from cppls.features.snapshot import Snapshot

LIVE_SECONDS: Final = 3.0
"""So long the live TU is waited for: who types has gone on then."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call: every function that it may mean, those that take this many arguments first."""

    signatures: list[Signature]
    argument: int
    """Which argument the place is in, from 0."""


async def signature_help(snapshot: Snapshot, path: str, position: Position) -> Answer[Call]:
    """The innermost call around ``position``; only a live TU knows."""
    text = snapshot.text(path)
    live = await snapshot.typing(path) if text is not None else None
    if text is None or live is None:
        return Answer(absence=Absence(Reason.NOT_INDEXED, f"{path} is not parsed yet"))
    found = await live.ask_soon(Signatures(position, text.data), LIVE_SECONDS)
    if not found:
        return Answer(absence=Absence(Reason.NO_RESULT, "no call is around this place"))
    argument = max(signature.current for signature in found)
    # A sort keeps the order of equals, which is the compiler's.
    fitting = sorted(found, key=lambda signature: signature.current < argument)
    return Answer([Call(fitting, max(argument, 0))])
