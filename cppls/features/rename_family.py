"""Which symbols bear one name together, so that a rename takes all of them or none."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from cppls.core.model import (
    Location,
    RelationKind,
    Role,
    Symbol,
    SymbolFlag,
    SymbolId,
    SymbolKind,
)
from cppls.features.cursor import Target
from cppls.index.reader import Reader

CLASSES = frozenset({SymbolKind.CLASS, SymbolKind.STRUCT, SymbolKind.UNION})
OF_CLASS = frozenset({SymbolKind.CONSTRUCTOR, SymbolKind.DESTRUCTOR})
MEMBERS = frozenset(
    {SymbolKind.METHOD, SymbolKind.STATIC_METHOD, SymbolKind.FIELD, SymbolKind.STATIC_VARIABLE}
)
"""What is often named behind a dot or an arrow."""

_UNNAMEABLE = {
    SymbolKind.MACRO: "a macro: conditions and other macros name it where nobody can tell",
    SymbolKind.NAMESPACE: "a namespace, which any file may open",
    SymbolKind.CONVERSION: "a conversion, which has no name of its own",
    SymbolKind.FILE: "a file",
}
_BY_LANGUAGE = frozenset(
    """
    main begin end operator await_ready await_suspend await_resume promise_type get_return_object
    initial_suspend final_suspend unhandled_exception return_void return_value yield_value
    """.split()
)
"""Names by which the language itself calls functions."""
_TYPES = CLASSES | {
    SymbolKind.ENUM,
    SymbolKind.TYPEDEF,
    SymbolKind.TYPE_ALIAS,
    SymbolKind.CONCEPT,
    SymbolKind.INTERFACE,
}
_FUNCTIONS = frozenset({SymbolKind.FUNCTION, SymbolKind.METHOD, SymbolKind.STATIC_METHOD})


class Refused(Exception):
    """A rename cannot be made; the message says why, for the user."""


@dataclass(frozen=True, slots=True)
class Family:
    """Symbols of one name. ``ids`` are named by it wherever they are used; ``class_ids``, of
    constructors and destructors, only where they are declared or called by it.

    ``home`` is the one file that can name them all; empty when others can.
    """

    name: str
    symbols: tuple[Symbol, ...]
    ids: tuple[SymbolId, ...]
    class_ids: tuple[SymbolId, ...]
    home: str = ""

    @property
    def is_member(self) -> bool:
        """Whether it is what templates may name without that a compiler resolves it."""
        return any(symbol.kind in MEMBERS for symbol in self.symbols)

    @property
    def is_type(self) -> bool:
        """Whether all that bear the name are types."""
        return all(symbol.kind in _TYPES | OF_CLASS for symbol in self.symbols)

    @property
    def is_function(self) -> bool:
        """Whether it is called."""
        return any(symbol.kind in _FUNCTIONS for symbol in self.symbols)


def find_family(reader: Reader, root: str, targets: Sequence[Target]) -> Family:
    """All that is renamed when ``targets`` are. Raises :class:`Refused`."""
    asked = [target.symbol for target in targets]
    for symbol in asked:
        _check_nameable(symbol)
    if all(target.local for target in targets):
        return Family(_bare(asked[0].name), tuple(asked), (), ())
    overridden = [id for target in targets for id in target.overridden]
    symbols = _closure(reader, _by_class(reader, asked), overridden)
    named = [symbol for symbol in symbols if symbol.kind not in OF_CLASS]
    names = {_bare(symbol.name) for symbol in named}
    if len(names) != 1:
        several = ", ".join(sorted(symbol.qualified_name for symbol in named))
        raise Refused(f"this names several things: {several}" if named else "its class is unknown")
    _check_one_thing(asked, named)
    for symbol in symbols:
        _check_ours(root, symbol)
    return Family(
        names.pop(),
        tuple(symbols),
        tuple(symbol.id for symbol in named),
        tuple(symbol.id for symbol in symbols if symbol.kind in OF_CLASS),
        _home(reader, symbols),
    )


def _check_nameable(symbol: Symbol) -> None:
    name = _bare(symbol.name)
    if reason := _UNNAMEABLE.get(symbol.kind):
        raise Refused(f"'{name}' is {reason}")
    if symbol.flags & SymbolFlag.ANONYMOUS or not name:
        raise Refused("this has no name")
    if symbol.kind not in OF_CLASS and not name.isidentifier():
        raise Refused(f"'{name}' is no identifier")
    if name in _BY_LANGUAGE:
        raise Refused(f"the language itself calls '{name}' by its name")


def _check_one_thing(asked: Iterable[Symbol], named: Collection[Symbol]) -> None:
    """Several functions at one token are candidates of a call; each has a name of its own."""
    functions = {symbol.id for symbol in asked if symbol.kind is SymbolKind.FUNCTION}
    if len(functions) > 1:
        name = next(iter(named)).name
        raise Refused(f"'{name}' may mean several functions here: rename one where it is declared")


def _check_ours(root: str, symbol: Symbol) -> None:
    for place in (symbol.declaration, symbol.definition):
        if place is not None and not is_below(place.path, root):
            raise Refused(
                f"'{symbol.qualified_name}' is declared in {place.path}, outside of the project"
            )


def is_below(path: str, root: str) -> bool:
    """Whether ``path`` lies in the folder ``root``."""
    return path.startswith(os.path.join(root, ""))


def _by_class(reader: Reader, asked: Iterable[Symbol]) -> list[Symbol]:
    """``asked``, with classes in place of their constructors and destructors."""
    found: dict[SymbolId, Symbol] = {}
    for symbol in asked:
        owners = [symbol]
        if symbol.kind in OF_CLASS:
            named = reader.symbols_named(f"::{symbol.scope}")
            owners = [
                each for each in named if each.kind in CLASSES and _owns(reader, each, symbol)
            ]
        found.update((each.id, each) for each in owners)
    return list(found.values())


def _closure(
    reader: Reader, symbols: Iterable[Symbol], overridden: Iterable[SymbolId]
) -> list[Symbol]:
    """``symbols`` and all that has to have the same name, each once."""
    found = {symbol.id: symbol for symbol in symbols}
    known = {symbol.id: symbol for symbol in reader.symbols([*found, *overridden])}
    # The TU's places are as fresh as the text; what the index adds are other files' places.
    waiting = list({**found, **known}.values())
    found = {symbol.id: symbol for symbol in waiting}
    while waiting:
        symbol = waiting.pop()
        ids = set(_related(reader, symbol))
        if symbol.kind in CLASSES:
            ids.update(_constructors(reader, symbol))
        for other in reader.symbols(ids - found.keys()):
            found[other.id] = other
            waiting.append(other)
    return list(found.values())


def _related(reader: Reader, symbol: Symbol) -> Iterable[SymbolId]:
    for kind in (RelationKind.OVERRIDDEN_BY, RelationKind.SPECIALISED_BY):
        if kind is RelationKind.OVERRIDDEN_BY and symbol.kind is SymbolKind.DESTRUCTOR:
            continue  # A destructor overrides that of the base, and has its own class's name.
        yield from reader.objects(symbol.id, kind)
        yield from reader.subjects(symbol.id, kind)


def _constructors(reader: Reader, owner: Symbol) -> Iterable[SymbolId]:
    """Constructors and destructor of a class."""
    name = _bare(owner.name)
    for found in (*reader.symbols_named(name), *reader.symbols_named(f"~{name}")):
        if found.kind in OF_CLASS and _owns(reader, owner, found):
            yield found.id


def _owns(reader: Reader, owner: Symbol, member: Symbol) -> bool:
    """Whether ``member`` is declared in the class: several classes may be called the same."""
    if member.scope != owner.qualified_name:
        return False
    declared = reader.references([member.id], Role.DECLARATION, limit=1)
    return any(row.container == owner.id for row in declared)


def _home(reader: Reader, symbols: Sequence[Symbol]) -> str:
    """The one file that can name ``symbols``: they are local to it, and nothing includes it."""
    paths = {place.path for place in map(_place, symbols) if place is not None}
    if len(paths) != 1 or not all(symbol.flags & SymbolFlag.FILE_LOCAL for symbol in symbols):
        return ""
    (path,) = paths
    return "" if reader.included_by(path) else path


def _place(symbol: Symbol) -> Location | None:
    return symbol.declaration or symbol.definition


def _bare(name: str) -> str:
    """Without the arguments of a specialisation."""
    return name.split("<", 1)[0]
