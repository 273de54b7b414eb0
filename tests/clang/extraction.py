"""Marked text in, a decoded shard out, and questions about it in the words of a test."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from cppls.clang.indexer import IndexSession
from cppls.core.messages import FileShard, SymbolRecord
from cppls.core.model import NO_SYMBOL, Location, Role, Span, SymbolId
from cppls.core.spots import unpack
from tests.markers import Fixture, parse


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A spot with its place and its container by id."""

    at: Location
    roles: Role
    container: SymbolId


class Collected:
    """A sink that keeps all parts as they come."""

    def __init__(self) -> None:
        self.files: list[FileShard] = []

    def take(self, part: bytes) -> None:
        self.files.append(msgspec.msgpack.decode(part, type=FileShard))

    def discard(self) -> None:
        self.files.clear()


@dataclass(frozen=True, slots=True)
class Extracted:
    """All that one run handed out."""

    files: list[FileShard]
    errors: int
    first_error: str


@dataclass(frozen=True, slots=True)
class Extraction:
    """What indexing one translation unit of a fixture gave."""

    fixture: Fixture
    shard: Extracted

    def files(self) -> list[str]:
        """Base names of the files extracted, the main file first."""
        return [os.path.basename(os.fsdecode(file.path)) for file in self.shard.files]

    def file(self, name: str) -> FileShard:
        return self.shard.files[self.files().index(name)]

    def symbols(self, name: str) -> list[SymbolRecord]:
        """All records of that name, with their scope or without."""
        return [
            record
            for file in self.shard.files
            for record in file.symbols
            if name in (record.name, f"{record.scope}::{record.name}")
        ]

    def symbol(self, name: str) -> SymbolRecord:
        """The only record of that name."""
        found = self.symbols(name)
        assert len(found) == 1, f"{len(found)} records of {name}: {found}"
        return found[0]

    def occurrences(self, *symbols: SymbolId) -> list[Occurrence]:
        """All spots of these symbols, by place."""
        found = [
            spot
            for file in self.shard.files
            for symbol, blob, _ in file.postings
            if symbol in symbols
            for spot in _spots(file, blob)
        ]
        return sorted(found, key=lambda spot: spot.at)

    def places(self, name: str) -> list[Location]:
        """Where the symbol of that name (all its records have one id) occurs."""
        ids = {record.id for record in self.symbols(name)}
        assert len(ids) == 1, f"{name} is {len(ids)} symbols"
        return [spot.at for spot in self.occurrences(*ids)]

    def roles(self, name: str) -> list[Role]:
        """The roles of its occurrences, by place."""
        (identifier,) = {record.id for record in self.symbols(name)}
        return [spot.roles for spot in self.occurrences(identifier)]

    def marked(self, *names: str) -> list[Location]:
        return self.fixture.named(*names)


def extract(
    session: IndexSession,
    folder: Path,
    marked: str,
    main: str = "main.cpp",
    flags: Sequence[str] = (),
) -> Extraction:
    """Write the fixture into ``folder`` and index its file ``main``."""
    fixture = parse(marked).write(folder, database=False)
    path = fixture.path(main)
    spelled = next(file.flags for file in fixture.files if file.path == path)
    return index(session, fixture, path, [*spelled, *flags])


def index(
    session: IndexSession, fixture: Fixture, path: str, flags: Sequence[str] = ()
) -> Extraction:
    """Index one file of a fixture that is written."""
    arguments = [os.fsencode(flag) for flag in flags]
    directory = os.path.dirname(path)
    sink = Collected()
    result = session.index(os.fsencode(path), os.fsencode(directory), arguments, sink=sink)
    assert result.end, result.message
    shard = Extracted(sink.files, result.end.errors, result.end.first_error)
    return Extraction(fixture, shard)


def _spots(file: FileShard, blob: bytes) -> Iterator[Occurrence]:
    for spot in unpack(blob):
        end = spot.column + spot.length
        at = Location(os.fsdecode(file.path), Span(spot.line, spot.column, spot.line, end))
        yield Occurrence(at, Role(spot.roles), _container(file, spot.container))


def _container(file: FileShard, number: int) -> SymbolId:
    if number == 0:
        return NO_SYMBOL
    packed = b"".join(file.containers)[8 * (number - 1) : 8 * number]
    return int.from_bytes(packed, "little", signed=True)
