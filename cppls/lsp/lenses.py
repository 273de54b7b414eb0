"""Code lenses as LSP requests; see ``answers.py``. They are shown, and lead nowhere: what a client
can be told to open is not in the protocol. VS Code's extension lists what one counts, by
its data."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, Final, cast

from lsprotocol import types as lsp

from cppls.features.code_lens import Count, LensKind, code_lenses, count
from cppls.lsp import wire_lenses
from cppls.lsp.answers import explain
from cppls.lsp.errors import INVALID_PARAMS, RequestError
from cppls.lsp.questions import Question, ask_at
from cppls.lsp.session import Session

OPTIONS: Final = lsp.CodeLensOptions(resolve_provider=True)

_WORDS: Final = {
    LensKind.REFERENCES: ("reference", "references"),
    LensKind.DERIVED: ("derived class", "derived classes"),
    LensKind.OVERRIDES: ("override", "overrides"),
}


async def code_lens(question: Question, _: lsp.CodeLensParams) -> list[wire_lenses.CodeLens]:
    """``textDocument/codeLens``: without their counts."""
    if not question.code_lens:
        return []
    answer = await code_lenses(question.snapshot, question.path)
    explain(question, answer)
    places = await question.places([question.path])
    uri = places.uri(question.path)
    return [
        wire_lenses.CodeLens(
            places.range(question.path, lens.span),
            wire_lenses.LensData(uri, lens.kind.value, str(lens.symbol)),
        )
        for lens in answer.items
    ]


def resolve(session: Session, params: lsp.CodeLens) -> Awaitable[lsp.CodeLens]:
    """``codeLens/resolve``: the count. Raises :class:`RequestError` for a lens of others."""
    uri, kind, symbol = _data(params.data)

    async def counted(question: Question) -> lsp.CodeLens:
        found = await count(question.snapshot, kind, symbol)
        params.command = lsp.Command(title=title(kind, found), command="")
        return params

    return ask_at(session, uri, params.range.start, counted, urgent=False)


def title(kind: LensKind, found: Count) -> str:
    """``1 reference``, ``10000+ references``."""
    singular, plural = _WORDS[kind]
    number = f"{found.number}+" if found.more else str(found.number)
    return f"{number} {singular if number == '1' else plural}"


def _data(data: Any) -> tuple[str, LensKind, int]:
    try:
        fields = cast("dict[str, Any]", data)
        return str(fields["uri"]), LensKind(fields["kind"]), int(fields["symbol"])
    except (KeyError, TypeError, ValueError) as error:
        reason = "codeLens/resolve: this lens is not one that cppls gave"
        raise RequestError(INVALID_PARAMS, reason) from error
