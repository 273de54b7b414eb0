"""Call and type hierarchy as LSP requests; see ``answers.py``.

An item carries its symbol's id in ``data``. A client that loses it is answered all the same, from
the place of the item's name.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from lsprotocol import types as lsp

from cppls.core.model import Position, SymbolId
from cppls.features.answer import Answer
from cppls.features.call_hierarchy import Call
from cppls.features.call_hierarchy import incoming_calls as find_incoming
from cppls.features.call_hierarchy import outgoing_calls as find_outgoing
from cppls.features.call_hierarchy import prepare_calls as find_callable
from cppls.features.hierarchy import HierarchyItem
from cppls.features.snapshot import Snapshot
from cppls.features.type_hierarchy import prepare_types as find_class
from cppls.features.type_hierarchy import subtypes as find_subtypes
from cppls.features.type_hierarchy import supertypes as find_supertypes
from cppls.lsp import render, wire, wire_hierarchy
from cppls.lsp.answers import explain
from cppls.lsp.convert import Places
from cppls.lsp.questions import Question

_Prepare = Callable[[Snapshot, str, Position], Awaitable[Answer[HierarchyItem]]]
_Next = Callable[[Snapshot, SymbolId], Awaitable[Answer[HierarchyItem]]]


async def prepare_calls(
    question: Question, _: lsp.CallHierarchyPrepareParams
) -> list[wire_hierarchy.HierarchyItem] | None:
    """``textDocument/prepareCallHierarchy``."""
    return await _prepared(question, find_callable)


async def incoming_calls(
    question: Question, params: lsp.CallHierarchyIncomingCallsParams
) -> list[wire_hierarchy.IncomingCall]:
    """``callHierarchy/incomingCalls``."""
    symbol = await _symbol(question, params.item, find_callable)
    answer = await find_incoming(question.snapshot, symbol)
    explain(question, answer)
    places = await question.places(_paths(call.item for call in answer.items))
    return [
        wire_hierarchy.IncomingCall(
            _item(question, places, call.item), _ranges(places, call, call.item.place.path)
        )
        for call in answer.items
    ]


async def outgoing_calls(
    question: Question, params: lsp.CallHierarchyOutgoingCallsParams
) -> list[wire_hierarchy.OutgoingCall]:
    """``callHierarchy/outgoingCalls``."""
    symbol = await _symbol(question, params.item, find_callable)
    answer = await find_outgoing(question.snapshot, symbol, question.path)
    explain(question, answer)
    places = await question.places({question.path, *_paths(c.item for c in answer.items)})
    return [
        wire_hierarchy.OutgoingCall(
            _item(question, places, call.item), _ranges(places, call, question.path)
        )
        for call in answer.items
    ]


async def prepare_types(
    question: Question, _: lsp.TypeHierarchyPrepareParams
) -> list[wire_hierarchy.HierarchyItem] | None:
    """``textDocument/prepareTypeHierarchy``."""
    return await _prepared(question, find_class)


async def supertypes(
    question: Question, params: lsp.TypeHierarchySupertypesParams
) -> list[wire_hierarchy.HierarchyItem]:
    """``typeHierarchy/supertypes``."""
    return await _related(question, params.item, find_supertypes)


async def subtypes(
    question: Question, params: lsp.TypeHierarchySubtypesParams
) -> list[wire_hierarchy.HierarchyItem]:
    """``typeHierarchy/subtypes``."""
    return await _related(question, params.item, find_subtypes)


async def _prepared(
    question: Question, find: _Prepare
) -> list[wire_hierarchy.HierarchyItem] | None:
    answer = await find(question.snapshot, question.path, question.position)
    explain(question, answer)
    return await _items(question, answer.items) or None


async def _related(
    question: Question, item: lsp.TypeHierarchyItem, find: _Next
) -> list[wire_hierarchy.HierarchyItem]:
    symbol = await _symbol(question, item, find_class)
    answer = await find(question.snapshot, symbol)
    explain(question, answer)
    return await _items(question, answer.items)


async def _symbol(
    question: Question, item: lsp.CallHierarchyItem | lsp.TypeHierarchyItem, find: _Prepare
) -> SymbolId:
    """The symbol of an item, by its ``data``, else by its place; 0 when there is none."""
    id = _id(item.data)
    if id:
        return id
    answer = await find(question.snapshot, question.path, question.position)
    return next((found.symbol.id for found in answer.items), 0)


def _id(data: Any) -> SymbolId:
    """The id that :func:`_item` wrote; 0 when ``data`` is something else."""
    try:
        return int.from_bytes(bytes.fromhex(data)[:8], "big", signed=True) if len(data) == 16 else 0
    except (TypeError, ValueError):
        return 0


async def _items(
    question: Question, items: list[HierarchyItem]
) -> list[wire_hierarchy.HierarchyItem]:
    places = await question.places(_paths(items))
    return [_item(question, places, item) for item in items]


def _item(question: Question, places: Places, item: HierarchyItem) -> wire_hierarchy.HierarchyItem:
    symbol, place = item.symbol, item.place
    return wire_hierarchy.HierarchyItem(
        name=symbol.name,
        kind=render.symbol_kind(symbol.kind, question.client.outline_kinds),
        uri=places.uri(place.path),
        range=places.range(place.path, item.extent),
        selection_range=places.range(place.path, place.span),
        data=symbol.id.to_bytes(8, "big", signed=True).hex(),
        detail=symbol.qualified_name,
        tags=render.symbol_tags(symbol.flags),
    )


def _ranges(places: Places, call: Call, path: str) -> list[wire.Range]:
    return [places.range(path, span) for span in call.spans]


def _paths(items: Iterable[HierarchyItem]) -> set[str]:
    return {item.place.path for item in items}
