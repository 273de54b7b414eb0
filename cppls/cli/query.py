"""``cppls query``: answers from the index on disk, without a server and without libclang.

Positions of users count from 1, those of the index from 0: this file converts them, both ways.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from typing import Final

import msgspec

from cppls.cli.listing import Listing, role_names
from cppls.cli.options import Arguments
from cppls.cli.output import CommandError, Exit, Json, emit_json, emit_lines
from cppls.cli.places import find_file, open_index
from cppls.core.live_questions import OutlineItem
from cppls.core.model import (
    NO_SYMBOL,
    Location,
    Reference,
    RelationKind,
    Role,
    Symbol,
    SymbolFlag,
    SymbolId,
    SymbolKind,
)
from cppls.index.errors import IndexProblem
from cppls.index.occurrences import Calls
from cppls.index.reader import Reader

SYMBOLS_SHOWN: Final = 100
"""Answers of ``symbols`` at the most, unless ``--limit`` says otherwise."""
NAMESAKES: Final = 1000
"""Symbols of one name that are asked about at the most."""

_POSITION: Final = re.compile(r"(?P<file>.+):(?P<line>\d+):(?P<column>\d+)")


class Answer(msgspec.Struct, frozen=True):
    """What a question gave: results as JSON has them, and as lines of text, made when printed.

    ``count`` is the number of results, ``symbols`` are those that the question was about.
    """

    count: int
    results: Iterable[Json]
    lines: Iterable[str]
    symbols: Sequence[Symbol] = ()


def run_query(arguments: Arguments) -> int:
    """Answer one question; the exit code. Raises :class:`CommandError`."""
    index = open_index(arguments.root, ".", arguments.cache_dir)
    try:
        with closing(index.reader()) as reader:
            answer = _QUESTIONS[arguments.question](reader, arguments, Listing(index.root))
    except IndexProblem as problem:
        raise CommandError(str(problem), code=Exit.UNAVAILABLE) from problem
    if not answer.count:
        raise CommandError(f"nothing found for {arguments.question} of {arguments.what}")
    if not arguments.json:
        emit_lines(answer.lines)
        return Exit.OK
    emit_json({
        "question": arguments.question,
        "what": arguments.what,
        "root": index.root,
        "symbols": [symbol.qualified_name for symbol in answer.symbols],
        "results": list(answer.results),
    })  # fmt: skip
    return Exit.OK


def _symbols(reader: Reader, arguments: Arguments, listing: Listing) -> Answer:
    found = reader.search(arguments.what, arguments.limit or SYMBOLS_SHOWN)
    return _listed(found, listing)


def _definition(reader: Reader, arguments: Arguments, listing: Listing) -> Answer:
    """The definitions; of a symbol that has none in the index, its declaration."""
    symbols = _asked(reader, arguments, listing.root)
    return _listed(symbols, listing)


def _references(reader: Reader, arguments: Arguments, listing: Listing) -> Answer:
    symbols = _asked(reader, arguments, listing.root)
    family, limit = _family(reader, symbols), arguments.limit or None
    found = reader.references(family, limit=limit)
    containers = reader.container_names(found)
    results = (_reference(listing, each, containers) for each in found)
    lines = (
        listing.line(
            Location(each.path, each.span), _within(each.roles, containers.get(each.container))
        )
        for each in found
    )
    return Answer(len(found), results, lines, symbols)


def _callers(reader: Reader, arguments: Arguments, listing: Listing) -> Answer:
    symbols = _asked(reader, arguments, listing.root)
    limit = arguments.limit or None
    calls = [call for symbol in symbols for call in reader.callers(symbol.id, limit)]
    return _calls(reader, calls, listing, symbols)


def _callees(reader: Reader, arguments: Arguments, listing: Listing) -> Answer:
    symbols = _asked(reader, arguments, listing.root)
    calls = [call for symbol in symbols for call in reader.callees(symbol.id)]
    return _calls(reader, calls[: arguments.limit or None], listing, symbols)


def _file(reader: Reader, arguments: Arguments, listing: Listing) -> Answer:
    path = find_file(arguments.what, listing.root)
    info = reader.file(path)
    if info is None:
        raise CommandError(f"{path} is not in the index", "is it part of the project's build?")
    outline = reader.outline(path)
    includes = reader.includes(path)
    included_by = reader.included_by(path)
    result: Json = {
        "path": path,
        "status": info.status.name.lower(),
        "message": info.message,
        "claimed_by": info.claimed_by,
        "includes": [
            {"spelled": each.spelled, "target": each.target, "line": each.span.line + 1}
            for each in includes
        ],
        "included_by": [listing.place(each) for each in included_by],
        "symbols": [_outline_json(item) for item in outline],
    }
    lines = [listing.name(path)]
    if info.message:
        lines.append(f"  {info.message}")
    lines += [f"  includes {listing.name(each.target) or each.spelled}" for each in includes]
    lines += [f"  included by {listing.where(each)}" for each in included_by]
    lines += list(_outline_lines(outline, 1))
    return Answer(1, [result], lines)


_QUESTIONS: Final[dict[str, Callable[[Reader, Arguments, Listing], Answer]]] = {
    "symbols": _symbols,
    "definition": _definition,
    "references": _references,
    "callers": _callers,
    "callees": _callees,
    "file": _file,
}


def _asked(reader: Reader, arguments: Arguments, root: str) -> list[Symbol]:
    """The symbols that ``NAME`` or ``FILE:LINE:COL`` stands for; raises when there are none."""
    position = _POSITION.fullmatch(arguments.what)
    if position is not None:
        path = find_file(position["file"], root)
        line, column = int(position["line"]), int(position["column"])
        if line < 1 or column < 1:
            raise CommandError(f"{arguments.what}: lines and columns count from 1", "", Exit.USAGE)
        spots = reader.occurrences_at(path, line - 1, column - 1)
        symbols = reader.symbols(dict.fromkeys(spot.symbol for spot in spots))
        hint = "local variables and parameters are not in the index; an editor's server knows them"
        known = reader.file(path) is not None
        missing = f"no indexed name at {arguments.what}" if known else f"{path} is not in the index"
    else:
        symbols = reader.symbols_named(arguments.what, NAMESAKES)
        missing = f"no symbol is called {arguments.what}"
        hint = f"search with: cppls query symbols {arguments.what}"
    if not symbols:
        raise CommandError(missing, hint)
    return symbols


def _family(reader: Reader, symbols: Sequence[Symbol]) -> list[SymbolId]:
    """The symbols and what their virtual methods override: a call of the base may reach them."""
    family = dict.fromkeys(symbol.id for symbol in symbols)
    for symbol in symbols:
        if symbol.flags & SymbolFlag.VIRTUAL:
            overridden = reader.all_subjects(symbol.id, RelationKind.OVERRIDDEN_BY)
            family.update(dict.fromkeys(overridden))
    return list(family)


def _listed(symbols: Sequence[Symbol], listing: Listing) -> Answer:
    """Symbols, each at its definition, else at its declaration."""
    results: list[Json] = []
    lines: list[str] = []
    for symbol in symbols:
        at = symbol.definition or symbol.declaration
        if at is None:
            continue
        results.append({
            "name": symbol.name,
            "scope": symbol.scope,
            "kind": symbol.kind.name.lower(),
            "signature": symbol.signature,
            "brief": symbol.brief,
            "is_definition": symbol.definition is not None,
            **listing.place(at),
        })  # fmt: skip
        lines.append(f"{listing.where(at)}: {describe(symbol)}")
    return Answer(len(results), results, lines, symbols)


def describe(symbol: Symbol) -> str:
    """``method planner::Graph::place(const std::string &) -> PlaceId`` and the like."""
    kind = symbol.kind.name.lower().replace("_", " ")
    gap = "" if symbol.signature[:1] in ("", "(") else " "
    only = "" if symbol.definition else "  [declaration]"
    return f"{kind} {symbol.qualified_name}{gap}{symbol.signature}{only}"


def _calls(
    reader: Reader, calls: Sequence[Calls], listing: Listing, asked: Sequence[Symbol]
) -> Answer:
    """Functions with the places of the calls, one line per place."""
    names = _names(reader, (call.symbol for call in calls))
    results: list[Json] = []
    lines: list[str] = []
    for call in calls:
        name = names.get(call.symbol, "")
        places = [Location(each.path, each.span) for each in call.references]
        results.append({"name": name, "calls": [listing.place(each) for each in places]})
        lines += [listing.line(each, name or "outside any function") for each in places]
    return Answer(len(results), results, lines, asked)


def _names(reader: Reader, ids: Iterable[SymbolId]) -> dict[SymbolId, str]:
    wanted = dict.fromkeys(id for id in ids if id != NO_SYMBOL)
    return {symbol.id: symbol.qualified_name for symbol in reader.symbols(wanted)}


def _reference(listing: Listing, reference: Reference, names: dict[SymbolId, str]) -> Json:
    return {
        **listing.place(Location(reference.path, reference.span)),
        "roles": role_names(reference.roles),
        "container": names.get(reference.container, ""),
    }


def _within(roles: Role, container: str | None) -> str:
    kinds = " ".join(role_names(roles))
    return f"{kinds} in {container}" if container else kinds


def _outline_json(item: OutlineItem) -> Json:
    return {
        "name": item.name,
        "kind": SymbolKind(item.kind).name.lower(),
        "detail": item.detail,
        "line": item.selection.line + 1,
        "column": item.selection.column + 1,
        "children": [_outline_json(child) for child in item.children],
    }


def _outline_lines(items: Iterable[OutlineItem], depth: int) -> Iterable[str]:
    for item in items:
        kind = SymbolKind(item.kind).name.lower().replace("_", " ")
        yield f"{item.selection.line + 1:>6} {'  ' * depth}{kind} {item.name}"
        yield from _outline_lines(item.children, depth + 1)
