"""Where the symbols of a rename are named: each place checked against the text that is there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field

from cppls.core.model import Position, Reference, Role, Span, SymbolId
from cppls.core.text import Text
from cppls.features.rename_family import Family, Refused, is_below
from cppls.features.words import Word, words
from cppls.index.reader import Reader

TextOf = Callable[[str], Text | None]


@dataclass(frozen=True, slots=True)
class Uses:
    """The places in one file, by position; ``unsure`` are those that no compiler resolved."""

    path: str
    text: Text
    spans: tuple[Span, ...]
    unsure: tuple[Span, ...] = ()


@dataclass(slots=True)
class _File:
    text: Text
    spans: set[Span] = field(default_factory=set[Span])


def find_uses(reader: Reader, root: str, family: Family, text_of: TextOf) -> list[Uses]:
    """The uses of ``family`` in the project, by path. Raises :class:`Refused`."""
    files = _indexed(reader, root, family, text_of)
    found: list[Uses] = []
    is_only_type = _is_only_type(reader, family)
    # One file alone can name it: no other is looked at.
    elsewhere = () if family.home else _files_below(reader, root, family, text_of)
    for path in sorted({*files, *elsewhere}):
        file = files.get(path)
        text = file.text if file is not None else text_of(path)
        if text is None:
            continue
        spans = file.spans if file is not None else set[Span]()
        unsure = _unresolved(reader, family, path, text, spans)
        if is_only_type:
            spans, unsure = spans | set(unsure), []
        if spans or unsure:
            found.append(Uses(path, text, tuple(sorted(spans)), tuple(sorted(unsure))))
    return found


def _indexed(reader: Reader, root: str, family: Family, text_of: TextOf) -> dict[str, _File]:
    """What the index has, with the texts of the files."""
    files: dict[str, _File] = {}
    by_path: defaultdict[str, list[tuple[Reference, bool]]] = defaultdict(list)
    for ids, always_named in ((family.ids, True), (family.class_ids, False)):
        for row in reader.references(ids):
            by_path[row.path].append((row, always_named))
    for path, rows in by_path.items():
        if not is_below(path, root):
            raise Refused(f"it is used in {path}, outside of the project")
        text = text_of(path)
        if text is None:
            raise Refused(f"it is used in {path}, which cannot be read")
        file = files[path] = _File(text)
        for row, always_named in rows:
            span = _name_at(text, row, family.name, always_named)
            if span is not None:
                file.spans.add(span)
    return files


def _name_at(text: Text, row: Reference, name: str, always_named: bool) -> Span | None:
    """The span of the name at a use; ``None`` where it is used without being named.

    A constructor is called where a variable is declared, a base class named through an alias.
    """
    span, wanted = row.span, name.encode()
    token = text.slice(span)
    if token == wanted:
        return span
    if token.startswith(b"~") and token[1:].strip() == wanted:
        start = span.end_column - len(wanted)
        return Span(span.line, start, span.end_line, span.end_column)
    if not always_named or row.roles & Role.IMPLICIT:
        return None
    where = f"{row.path}:{span.line + 1}"
    shown = token.decode(errors="replace") or "the text"
    raise Refused(
        f"it is used at {where} through '{shown}', a macro or a construct that does not spell"
        " its name; or that file has changed since it was indexed"
    )


def _files_below(reader: Reader, root: str, family: Family, text_of: TextOf) -> Iterable[str]:
    """The project's files that hold the name, used where nobody resolves it or not."""
    wanted = family.name.encode()
    for info in reader.all_files():
        if is_below(info.path, root):
            text = text_of(info.path)
            if text is not None and wanted in text.data:
                yield info.path


def _unresolved(
    reader: Reader, family: Family, path: str, text: Text, spans: Collection[Span]
) -> list[Span]:
    """Words of that name of which nobody knows what they mean, but that may mean the renamed one.

    Of classes inside of functions nothing is in the index, nor of code that is not compiled; what a
    template names may depend on its parameters. Raises :class:`Refused` where a certain place names
    another symbol, too.
    """
    places = {(text.position(word.start)): word for word in words(text.data, family.name)}
    mine = {Position(span.line, span.column) for span in spans}
    others = reader.named_at(path, places.keys())
    _check_not_shared(reader, family, path, {at: others[at] for at in mine if at in others})
    unsure: list[Span] = []
    for at, word in places.items():
        if at not in mine and at not in others and _may_be_meant(family, word, text.data):
            unsure.append(Span(at.line, at.column, at.line, at.column + word.end - word.start))
    return unsure


def _may_be_meant(family: Family, word: Word, data: bytes) -> bool:
    """A type whatever stands around it, a member behind a dot, a function where it is called; a
    variable may be any local one."""
    if word.in_macro:
        return False
    if family.is_type or (family.is_member and word.qualified):
        return True
    return family.is_function and data[word.end : word.end + 80].lstrip().startswith(b"(")


def _is_only_type(reader: Reader, family: Family) -> bool:
    """Whether the name means this type and nothing else that is indexed: then it does so where
    nobody has resolved it, too."""
    if not family.is_type:
        return False
    ours = {*family.ids, *family.class_ids}
    return all(symbol.id in ours for symbol in reader.symbols_named(family.name))


def _check_not_shared(
    reader: Reader,
    family: Family,
    path: str,
    named: dict[Position, Sequence[SymbolId]],
) -> None:
    """A using-declaration and a call that depends on a template's parameters name all overloads."""
    ours = {*family.ids, *family.class_ids}
    strangers = {id: at for at, ids in named.items() for id in ids if id not in ours}
    for symbol in reader.symbols(strangers):
        if symbol.name.split("<", 1)[0] == family.name:
            at = strangers[symbol.id]
            raise Refused(
                f"{path}:{at.line + 1} names '{symbol.qualified_name}{symbol.signature}' too,"
                " which would keep its name"
            )
