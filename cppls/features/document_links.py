"""``textDocument/documentLink``: include directives as links to what they include."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cppls.core.live_painting import IncludedFiles
from cppls.core.model import Span
from cppls.core.text import Text
from cppls.features.answer import Absence, Answer, Reason
from cppls.features.lexical import Kind, directive, pieces
from cppls.features.lookup import look_up
from cppls.features.snapshot import Snapshot
from cppls.index.reader import Reader

_SPELLED: Final = re.compile(rb'[ \t]*(?:<([^>\n]+)>|"([^"\n]+)")')
_INCLUDING: Final = frozenset({b"include", b"include_next", b"import", b"embed"})

Key = tuple[bytes, int]
"""How a directive spells a file, quotes included; and which of those that spell it so it is."""


@dataclass(frozen=True, slots=True)
class Link:
    """An included file, and where it is named, quotes included."""

    span: Span
    target: str


async def document_links(snapshot: Snapshot, path: str) -> Answer[Link]:
    """The links of a file in order, without those that lead nowhere.

    Where they lead is known from the index, else from the live TU; before there is either, a name
    in quotes leads to a file beside this one.
    """
    text = snapshot.text(path)
    if text is None:
        return Answer(absence=Absence(Reason.FAILED, f"{path} cannot be read"))
    named = _named(text)
    targets = await look_up(snapshot, dict[Key, str](), _indexed, path)
    if not named.keys() <= targets.keys() and (live := await snapshot.live(path)) is not None:
        found = await live.ask(IncludedFiles())
        lines = {span.line: key for key, span in named.items()}
        targets |= {
            lines[file.line]: os.fsdecode(file.path) for file in found or () if file.line in lines
        }
    links = await asyncio.to_thread(_resolved, path, named, targets)
    absence = None if links else Absence(Reason.NO_RESULT, f"{path} includes nothing that is found")
    return Answer(links, absence=absence)


def _named(text: Text) -> dict[Key, Span]:
    """What the text's directives name, in all branches of conditions."""
    found: dict[Key, Span] = {}
    data = text.data
    for piece in pieces(data):
        if piece.kind is not Kind.DIRECTIVE:
            continue
        word, start, _ = directive(data, piece)
        match = _SPELLED.match(data, start, piece.end) if word in _INCLUDING else None
        if match is None:
            continue
        spelled = match[0].strip()
        begin, end = text.position(match.end() - len(spelled)), text.position(match.end())
        found[_next(found, spelled)] = Span(begin.line, begin.column, end.line, end.column)
    return found


def _indexed(reader: Reader, path: str) -> dict[Key, str]:
    found: dict[Key, str] = {}
    for include in reader.includes(path):
        marks = "<>" if include.angled else '""'
        spelled = os.fsencode(f"{marks[0]}{include.spelled}{marks[1]}")
        found[_next(found, spelled)] = include.target
    return {key: target for key, target in found.items() if target}


def _next(found: Mapping[Key, object], spelled: bytes) -> Key:
    number = 0
    while (spelled, number) in found:
        number += 1
    return spelled, number


def _resolved(path: str, named: Mapping[Key, Span], targets: Mapping[Key, str]) -> list[Link]:
    links: list[Link] = []
    for key, span in named.items():
        # The same name leads to the same file, but for ``#include_next``.
        target = targets.get(key) or targets.get((key[0], 0)) or _beside(path, key[0])
        if target and os.path.exists(target):
            links.append(Link(span, target))
    return links


def _beside(path: str, spelled: bytes) -> str:
    name = os.fsdecode(spelled[1:-1])
    return os.path.join(os.path.dirname(path), name) if spelled.startswith(b'"') else ""
