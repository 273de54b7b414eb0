"""A shared preamble of a marked project, and units indexed with it and without."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from cppls.clang.building import build_preamble
from cppls.clang.indexer import IndexSession
from cppls.clang.library import Library
from cppls.core.messages import BuildPreamble, FileShard
from cppls.core.spots import unpack
from tests.clang.extraction import Collected, Extracted
from tests.markers import Fixture, parse

AGE_NS = 10**8
"""Long enough ago that nobody takes it for just now."""
CPP = ("-x", "c++", "-std=c++17")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How indexing a unit ended, and what it gave."""

    declined: str
    stale: bool
    shard: Extracted | None


@dataclass(slots=True)
class Project:
    """Marked files on disk, with the preambles built from them so far: each continues the last."""

    libraries: Library
    fixture: Fixture
    folder: Path
    arguments: Sequence[str] = CPP
    chain: list[bytes] = field(default_factory=list[bytes])
    shards: list[Extracted] = field(default_factory=list[Extracted])
    keys: bytes = b""
    """Claims of all that was extracted with the preambles."""
    dropped: list[int] = field(default_factory=list[int])
    message: str = ""

    def precompile(self, *lines: str, just_written: bool = False) -> Project:
        """Build the next preamble: of directives, or of file names to include.

        What it is built from was written some time ago, unless it was ``just_written``.
        """
        if not just_written:
            self._age()
        session = IndexSession(self.libraries)
        session.know(self.keys)
        job = self.job(*lines)
        sink = Collected()
        built, end, self.dropped = build_preamble(session, job, sink)
        session.close()
        self.message = built.message
        if not built.message and end:
            self.chain.append(job.output)
            self.shards.append(Extracted(sink.files, end.errors, end.first_error))
            self.keys += built.keys + claims(self.shards[-1])
        return self

    def job(self, *lines: str) -> BuildPreamble:
        number = len(self.chain)
        text = "".join(
            line if line.startswith("#") else f'#include "{self.folder}/{line}"\n' for line in lines
        )
        return BuildPreamble(
            id=1,
            path=os.fsencode(self.folder / f"umbrella{number}.h"),
            source=text.encode(),
            directory=os.fsencode(self.folder),
            arguments=self.bytes_of(self.arguments),
            output=os.fsencode(self.folder / f"shared{number}.pch"),
            parents=list(self.chain),
        )

    def _age(self) -> None:
        past = time.time_ns() - AGE_NS
        for file in self.folder.rglob("*"):
            made = file.name.startswith(("umbrella", "shared"))
            if not made and file.stat().st_mtime_ns > past:
                os.utime(file, ns=(past, past))

    def index(self, main: str, *, over: bool = True, arguments: Sequence[str] = ()) -> Outcome:
        """Index a unit in a session of its own, which knows what the preambles have claimed."""
        session = IndexSession(self.libraries)
        session.know(self.keys)
        outcome = self.index_in(session, main, over=over, arguments=arguments)
        session.close()
        return outcome

    def index_in(
        self, session: IndexSession, main: str, *, over: bool = True, arguments: Sequence[str] = ()
    ) -> Outcome:
        sink = Collected()
        indexed = session.index(
            os.fsencode(self.folder / main),
            os.fsencode(self.folder),
            self.bytes_of([*self.arguments, *arguments]),
            (),
            self.chain if over else (),
            sink=sink,
        )
        end = indexed.end
        shard = Extracted(sink.files, end.errors, end.first_error) if end else None
        return Outcome(indexed.declined, indexed.stale, shard)

    def differences(self, main: str) -> set[tuple[object, ...]]:
        """What is in one shard of the unit only: parsed over the preambles, or without."""
        over, without = self.index(main), self.index(main, over=False)
        assert over.declined == "", over.declined
        assert without.shard
        return facts(over) ^ facts(without)

    def reason(self, main: str, arguments: Sequence[str] = ()) -> str:
        """Why the unit was parsed without the preambles; what it gave must be as ever."""
        over = self.index(main, arguments=arguments)
        without = self.index(main, over=False, arguments=arguments)
        assert facts(over) == facts(without)
        return over.declined.replace(f"{self.folder}/", "")

    @staticmethod
    def bytes_of(arguments: Sequence[str]) -> list[bytes]:
        return [os.fsencode(argument) for argument in arguments]


def project(
    libraries: Library, folder: Path, marked: str, arguments: Sequence[str] = CPP
) -> Project:
    """Write the marked files into ``folder``."""
    return Project(libraries, parse(marked).write(folder, database=False), folder, arguments)


def claims(shard: Extracted) -> bytes:
    return b"".join(file.key.to_bytes(8, "little") for file in shard.files)


def facts(outcome: Outcome) -> set[tuple[object, ...]]:
    """All that a shard says, item by item."""
    shard = outcome.shard
    assert shard
    said: set[tuple[object, ...]] = {("errors", shard.errors, shard.first_error)}
    for file in shard.files:
        said |= file_facts(file)
    return said


def file_facts(file: FileShard) -> set[tuple[object, ...]]:
    said: set[tuple[object, ...]] = {("file", file.path, file.key, file.size, file.ascii)}
    for kind in ("symbols", "relations", "includes", "diagnostics"):
        for record in getattr(file, kind):
            said.add((kind, file.path, *msgspec.structs.astuple(record)))
    containers = b"".join(file.containers)
    for symbol, blob, _ in file.postings:
        for spot in unpack(blob):
            packed = containers[8 * (spot.container - 1) : 8 * spot.container]
            container = packed if spot.container else b""
            place = (spot.line, spot.column, spot.length)
            said.add(("spot", file.path, symbol, *place, int(spot.roles), container))
    return said
