"""Places: from bytes, which everything below counts in, to what the client counts in.

The only module that knows how a client counts, besides the text synchronisation. In a line of
ASCII all encodings agree, so most answers need no file's text: only files that hold other
characters are read, once per answer, off the event loop, and kept no longer than the answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

from cppls.core.files import read_file
from cppls.core.model import Location, Position, Reference, Span, SymbolId
from cppls.core.text import Encoding, Text
from cppls.features.snapshot import Snapshot
from cppls.index.reader import Reader
from cppls.lsp import wire

_SLICE: Final = 500
"""Locations converted in a row: some 10 ms when every line holds more than ASCII."""
_ENCODED: Final = 5_000
"""Locations in lines of ASCII that are converted and encoded in a row: some milliseconds."""


@dataclass(slots=True)
class Places:
    """Converts the places of one answer; made by :func:`places_of`."""

    encoding: Encoding
    uri_of: Callable[[str], str]
    texts: dict[str, Text] = field(default_factory=dict[str, Text])
    """Texts of the files in which bytes and the client's columns differ."""
    _uris: dict[str, str] = field(default_factory=dict[str, str])

    def position(self, path: str, line: int, column: int) -> wire.Position:
        """A point of ``path``, given in 0-based line and byte column."""
        text = self.texts.get(path)
        if text is None:
            return wire.Position(line, column)
        return wire.Position(line, text.to_character(Position(line, column), self.encoding))

    def range(self, path: str, span: Span) -> wire.Range:
        """A span of ``path``."""
        return wire.Range(
            self.position(path, span.line, span.column),
            self.position(path, span.end_line, span.end_column),
        )

    def uri(self, path: str) -> str:
        """The URI by which the client knows ``path``."""
        uri = self._uris.get(path)
        if uri is None:
            uri = self._uris[path] = self.uri_of(path)
        return uri

    async def encoded(
        self,
        items: Sequence[Location | Reference],
        containers: Mapping[SymbolId, str] | None = None,
    ) -> msgspec.Raw:
        """:meth:`locations` in JSON, for answers of a hundred thousand places: encoding them at
        once would hold up everybody else. ``containers``: names of what references stand in, to
        be told with them."""
        parts: list[bytes] = []
        size = _SLICE if self.texts else _ENCODED
        for start in range(0, len(items), size):
            if start:
                await asyncio.sleep(0)
            some = items[start : start + size]
            found = await self.locations(some) if self.texts else self._in_ascii(some)
            told = _contained(found, some, containers) if containers else found
            parts.append(wire.encoder.encode(told)[1:-1])
        return msgspec.Raw(b"[%b]" % b",".join(parts))

    def _in_ascii(self, items: Sequence[Location | Reference]) -> list[wire.Location]:
        """Where ``items`` are when no file holds more than ASCII."""
        uris = {path: self.uri(path) for path in {item.path for item in items}}
        location, range_, position = wire.Location, wire.Range, wire.Position
        return [
            location(
                uris[item.path],
                range_(position(at.line, at.column), position(at.end_line, at.end_column)),
            )
            for item in items
            for at in (item.span,)
        ]

    async def locations(self, items: Sequence[Location | Reference]) -> list[wire.Location]:
        """Where ``items`` are. There may be ten thousand: control is yielded now and then."""
        found: list[wire.Location] = []
        for start in range(0, len(items), _SLICE):
            if start:
                await asyncio.sleep(0)
            found += [
                wire.Location(self.uri(item.path), self.range(item.path, item.span))
                for item in items[start : start + _SLICE]
            ]
        return found


def _contained(
    locations: Sequence[wire.Location],
    items: Sequence[Location | Reference],
    names: Mapping[SymbolId, str],
) -> list[wire.ContainedLocation]:
    """``locations`` of ``items`` with the names of what they stand in."""
    return [
        wire.ContainedLocation(
            at.uri, at.range, names.get(item.container, "") if isinstance(item, Reference) else ""
        )
        for at, item in zip(locations, items, strict=True)
    ]


async def places_of(
    snapshot: Snapshot,
    encoding: Encoding,
    uri_of: Callable[[str], str],
    open_texts: Mapping[str, Text],
    paths: Iterable[str],
) -> Places:
    """A converter for an answer that speaks of ``paths``; ``open_texts`` come before the disk."""
    places = Places(encoding, uri_of)
    if encoding == "utf-8":
        return places
    on_disk: list[str] = []
    for path in set(paths):
        text = open_texts.get(path)
        if text is None:
            on_disk.append(path)
        elif not text.data.isascii():
            places.texts[path] = text
    if on_disk:
        places.texts.update(await snapshot.query(_texts_beyond_ascii, on_disk))
    return places


def _texts_beyond_ascii(reader: Reader, paths: list[str]) -> dict[str, Text]:
    """The texts on disk of those ``paths`` that hold more than ASCII. Runs on a reader thread."""
    texts: dict[str, Text] = {}
    for path in paths:
        info = reader.file(path)
        if info is not None and info.ascii:
            continue
        try:
            data = read_file(path)
        except OSError:
            continue  # Vanished since it was indexed: bytes are the best guess there is.
        if not data.isascii():
            texts[path] = Text(data)
    return texts
