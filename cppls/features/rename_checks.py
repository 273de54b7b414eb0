"""Whether a new name may be taken: that it is one, that it is free, that nothing hides it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from cppls.core.live_questions import OutlineItem
from cppls.core.model import Position, RelationKind, Span, Symbol, SymbolKind
from cppls.core.text import Text
from cppls.features.rename_family import CLASSES, OF_CLASS, Family, Refused
from cppls.features.rename_uses import Uses
from cppls.features.words import words
from cppls.index.reader import Reader

_C: Final = """
    auto break case char const continue default do double else enum extern float for goto if inline
    int long register restrict return short signed sizeof static struct switch typedef union
    unsigned void volatile while _Alignas _Alignof _Atomic _Bool _Complex _Generic _Imaginary
    _Noreturn _Static_assert _Thread_local asm typeof
    """
_CPP: Final = """
    alignas alignof and and_eq bitand bitor bool catch char16_t char32_t char8_t class compl concept
    const_cast consteval constexpr constinit co_await co_return co_yield decltype delete
    dynamic_cast explicit export false friend mutable namespace new noexcept not not_eq nullptr
    operator or or_eq private protected public reinterpret_cast requires static_assert static_cast
    template this thread_local throw true try typeid typename using virtual wchar_t xor xor_eq
    """
KEYWORDS: Final = {"c": frozenset(_C.split()), "c++": frozenset((_C + _CPP).split())}

_RESERVED: Final = re.compile(r"_[A-Z_].*|.*__.*")
_HIERARCHY: Final = 2_000
"""Classes at the most that are looked through for members of the new name."""


def check_name(name: str, path: str) -> None:
    """Raises :class:`Refused` when nothing in ``path`` may be called ``name``."""
    language = "c" if os.path.splitext(path)[1] == ".c" else "c++"
    if not name.isidentifier():
        raise Refused(f"'{name}' is no identifier")
    if name in KEYWORDS[language]:
        raise Refused(f"'{name}' is a keyword")
    if _RESERVED.fullmatch(name):
        raise Refused(f"'{name}' is reserved for the compiler and its library")


def check_collisions(reader: Reader, family: Family, new_name: str) -> None:
    """Raises :class:`Refused` when ``new_name`` means something where ``family`` is declared."""
    if family.name == new_name:
        raise Refused(f"'{new_name}' is its name already")
    named = [each for each in reader.symbols_named(new_name) if each.kind not in OF_CLASS]
    scopes = _scopes(reader, family) if named else set[str]()
    ours = {symbol.id for symbol in family.symbols}
    for other in named:
        if other.id not in ours and (other.kind is SymbolKind.MACRO or other.scope in scopes):
            what = "is a macro" if other.kind is SymbolKind.MACRO else "is declared already"
            raise Refused(f"'{other.qualified_name}' {what}{_at(other)}")


def _scopes(reader: Reader, family: Family) -> set[str]:
    """Where a symbol of the new name would collide with, hide or be hidden by the renamed one:
    its scope, and of a member the classes above and below."""
    scopes = {symbol.scope for symbol in family.symbols if symbol.kind not in OF_CLASS}
    for scope in list(filter(None, scopes)):
        for owner in reader.symbols_named(f"::{scope}"):
            if owner.kind in CLASSES:
                related = [
                    *reader.all_subjects(owner.id, RelationKind.BASE_OF),
                    *reader.all_objects(owner.id, RelationKind.BASE_OF),
                ]
                scopes.update(s.qualified_name for s in reader.symbols(related[:_HIERARCHY]))
    # What a class is called cannot be a member of it, too.
    return scopes | {symbol.qualified_name for symbol in family.symbols if symbol.kind in CLASSES}


def check_nothing_hides(reader: Reader, uses: Iterable[Uses], new_name: str) -> None:
    """Raises :class:`Refused` when a function that names the symbol has its own ``new_name``.

    Locals are not in the index; so any unqualified word of that name in the function counts.
    """
    for file in uses:
        taken = list(free_words(file.text, new_name))
        if not taken:
            continue
        for span in _functions(reader.outline(file.path)):
            used = next(
                (at for at in file.spans if span.contains(Position(at.line, at.column))), None
            )
            word = next((at for at in taken if span.contains(at)), None)
            if used is not None and word is not None:
                where = f"{file.path}:{word.line + 1}"
                raise Refused(
                    f"'{new_name}' is named at {where}, in a function that uses what is renamed"
                    f" (line {used.line + 1}): it might mean the other there"
                )


def free_words(text: Text, name: str) -> Iterator[Position]:
    """Where ``name`` stands in ``text`` and is looked up from there: not behind a dot or ``::``."""
    return (text.position(w.start) for w in words(text.data, name) if not w.qualified)


def functions_around(items: Sequence[OutlineItem], at: Span) -> list[Span]:
    """The extents of the functions (or other bodies) of an outline that hold ``at``."""
    start = Position(at.line, at.column)
    return [span for span in _functions(items) if span.contains(start)]


_BODIES: Final = frozenset(
    {
        SymbolKind.FUNCTION,
        SymbolKind.METHOD,
        SymbolKind.STATIC_METHOD,
        SymbolKind.CONSTRUCTOR,
        SymbolKind.DESTRUCTOR,
        SymbolKind.CONVERSION,
        SymbolKind.VARIABLE,
        SymbolKind.STATIC_VARIABLE,
    }
)


def _functions(items: Iterable[OutlineItem]) -> Iterator[Span]:
    for item in items:
        if item.kind in _BODIES:
            yield item.extent
        yield from _functions(item.children)


def _at(symbol: Symbol) -> str:
    place = symbol.definition or symbol.declaration
    return f" at {place.path}:{place.span.line + 1}" if place is not None else ""
