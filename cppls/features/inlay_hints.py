"""``textDocument/inlayHint``: names of parameters, deduced types, designators, ends of blocks."""

from __future__ import annotations

from cppls.core.live_painting import HintKind, InlayHint, InlayHints
from cppls.features.answer import Absence, Answer, Reason
from cppls.features.snapshot import Snapshot


async def inlay_hints(snapshot: Snapshot, path: str, first: int, last: int) -> Answer[InlayHint]:
    """The hints in the lines ``first`` to ``last``, both included, as the settings want them.

    From the exact text: a hint at the wrong place is worse than none for a moment.
    """
    settings = snapshot.config(path).inlay_hints
    kinds = [
        kind
        for kind, wanted in (
            (HintKind.TYPE, settings.deduced_types),
            (HintKind.PARAMETER, settings.parameter_names),
            (HintKind.DESIGNATOR, settings.designators),
            (HintKind.BLOCK_END, settings.block_end),
        )
        if wanted and settings.enabled
    ]
    if not kinds:
        return Answer(absence=Absence(Reason.NO_RESULT, "the settings want no hints"))
    live = await snapshot.live(path)
    question = InlayHints(first, last, kinds, settings.type_name_limit)
    hints = await live.ask(question) if live is not None else None
    if hints is None:
        return Answer(absence=Absence(Reason.NOT_INDEXED, f"{path} is not parsed yet"))
    absence = None if hints else Absence(Reason.NO_RESULT, "nothing here needs a hint")
    return Answer(hints, absence=absence)
