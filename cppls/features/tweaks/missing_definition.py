"""A function that is declared gets a definition, where one is nowhere yet."""

from __future__ import annotations

from cppls.core.live_questions import SymbolAt
from cppls.core.live_refactoring import Function, FunctionFlag, Value
from cppls.features.lookup import look_up, look_up_all
from cppls.features.tweaks.define_outline import definition
from cppls.features.tweaks.homes import home_of
from cppls.features.tweaks.moving import C_SUFFIXES, behind, refuse_unless, start_of
from cppls.features.tweaks.selection import REWRITE, Edits, Offer, Selection, covers
from cppls.features.tweaks.signatures import is_plain, signature
from cppls.index.reader import Reader


async def missing_definition(selection: Selection) -> Offer | None:
    """On a declaration that neither its unit nor the index knows a definition of."""
    function = await selection.function()
    if function is None or function.body is not None or not is_plain(function):
        return None
    if function.flags & FunctionFlag.PURE or not covers(function.span, selection.span):
        return None
    if function.other is not None:
        return None  # This is not the first declaration, or it is defined.
    ids = await _symbols(selection, function)
    if not ids or await look_up(selection.snapshot, True, _any_defined, ids):
        return None

    async def edits() -> Edits:
        defined = await look_up_all(selection.snapshot, True, _any_defined, ids)
        refuse_unless(not defined, "it is defined in the meantime")
        return await _edits(selection, function)

    return Offer(f"Define '{function.name}'", REWRITE, edits)


async def _symbols(selection: Selection, function: Function) -> list[int]:
    found = await selection.live.ask(SymbolAt(start_of(function.name_span)))
    return [symbol.id for symbol in found.symbols] if found is not None else []


def _any_defined(reader: Reader, ids: list[int]) -> bool:
    return any(reader.definitions(id) for id in ids)


async def _edits(selection: Selection, function: Function) -> Edits:
    signature(selection.text, function)
    behind(selection.text, function.span)
    home = await home_of(selection, function)
    value = function.value
    refuse_unless(value != Value.UNKNOWN, f"no value of type '{function.result}' can be made up")
    indent = selection.indentation(function.span.line)
    default = "0" if selection.path.endswith(C_SUFFIXES) else "{}"
    returned = {Value.DEFAULT: f"return {default};", Value.SELF: "return *this;"}.get(Value(value))
    body = f"{{\n{indent}{selection.step()}{returned}\n{indent}}}" if returned is not None else "{}"
    code = definition(selection, function, home, body)
    return {home.path: [home.insertion(code)]}
