"""Builds shards as an index worker would send them, from a few words about each file."""

from __future__ import annotations

import hashlib
import os
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from cppls.core import packing
from cppls.core.messages import (
    CONTAINERS_IN_RUN,
    SHARD_VERSION,
    DiagnosticRecord,
    FileShard,
    IncludeRecord,
    PackedFile,
    RelationRecord,
    Shard,
    SymbolRecord,
)
from cppls.core.model import (
    FileStatus,
    RelationKind,
    Role,
    Severity,
    SymbolFlag,
    SymbolId,
    SymbolKind,
)
from cppls.core.spots import PackedSpot, pack
from cppls.index.batch import TranslationUnitResult

DEFINES = Role.DECLARATION | Role.DEFINITION
CALL = Role.REFERENCE | Role.CALL


def hash64(data: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "little", signed=True)


def id_of(qualified_name: str) -> SymbolId:
    return hash64(qualified_name.encode())


@dataclass
class SourceFile:
    """A file under construction. Symbols are named by their qualified names."""

    path: str | bytes
    content: str = ""
    ascii: bool = True
    spots: dict[SymbolId, list[PackedSpot]] = field(
        default_factory=dict[SymbolId, list[PackedSpot]]
    )
    records: dict[SymbolId, SymbolRecord] = field(default_factory=dict[SymbolId, SymbolRecord])
    containers: list[SymbolId] = field(default_factory=list[SymbolId])
    relations: list[RelationRecord] = field(default_factory=list[RelationRecord])
    includes: list[IncludeRecord] = field(default_factory=list[IncludeRecord])
    diagnostics: list[DiagnosticRecord] = field(default_factory=list[DiagnosticRecord])

    def declares(
        self,
        name: str,
        line: int,
        *,
        kind: SymbolKind = SymbolKind.FUNCTION,
        defines: bool = False,
        signature: str = "",
        brief: str = "",
        end_line: int | None = None,
        flags: SymbolFlag = SymbolFlag.NONE,
    ) -> SourceFile:
        """``name`` is declared (or defined) at column 4 of ``line``."""
        scope, _, last = name.rpartition("::")
        id = id_of(name)
        flags |= SymbolFlag.DEFINITION if defines else SymbolFlag.NONE
        if id not in self.records or defines:
            end = line if end_line is None else end_line
            self.records[id] = SymbolRecord(
                id, last, scope, kind, flags, line, 4, len(last), line, 0, end, 80, signature, brief
            )
        return self.uses(name, line, 4, DEFINES if defines else Role.DECLARATION)

    def uses(
        self, name: str, line: int, column: int, roles: Role = Role.REFERENCE, inside: str = ""
    ) -> SourceFile:
        container = 0
        if inside:
            if id_of(inside) not in self.containers:
                self.containers.append(id_of(inside))
            container = self.containers.index(id_of(inside)) + 1
        length = len(name.rpartition("::")[2])
        spot = PackedSpot(line, column, length, roles, container)
        self.spots.setdefault(id_of(name), []).append(spot)
        return self

    def relates(self, subject: str, kind: RelationKind, object: str) -> SourceFile:
        self.relations.append(RelationRecord(id_of(subject), kind, id_of(object)))
        return self

    def includes_file(self, target: str | bytes, line: int) -> SourceFile:
        raw = os.fsencode(target)
        spelled = os.path.basename(raw).decode(errors="replace")
        self.includes.append(IncludeRecord(line, 9, len(spelled) + 2, False, spelled, raw))
        return self

    def is_given(self, target: str, number: int = 0) -> SourceFile:
        """A compiler option includes ``target`` in it."""
        self.includes.append(IncludeRecord(-1, number, 0, False, target, os.fsencode(target)))
        return self

    def misses(self, spelled: str, line: int) -> SourceFile:
        self.includes.append(IncludeRecord(line, 9, len(spelled) + 2, False, spelled, b""))
        return self

    def complains(self, line: int, message: str) -> SourceFile:
        self.diagnostics.append(DiagnosticRecord(line, 0, line, 1, Severity.ERROR, message, ""))
        return self

    @property
    def key(self) -> int:
        return hash64(os.fsencode(self.path) + b"\0" + self.content.encode()) & (1 << 64) - 1

    def shard(self) -> PackedFile:
        declared = set(self.records)
        whole = FileShard(
            path=os.fsencode(self.path),
            key=self.key,
            content_hash=hash64(self.content.encode()),
            token_hash=hash64(b"".join(self.content.encode().split())),
            size=len(self.content),
            mtime_ns=1_000,
            ascii=self.ascii,
            part=0,
            partial=False,
            branches=b"",
            symbols=list(self.records.values()),
            containers=[
                struct.pack(f"<{len(run)}q", *run)
                for run in (
                    self.containers[at : at + CONTAINERS_IN_RUN]
                    for at in range(0, len(self.containers), CONTAINERS_IN_RUN)
                )
            ],
            postings=[
                (id, pack(sorted(spots)), id in declared)
                for id, spots in sorted(self.spots.items())
            ],
            relations=self.relations,
            includes=self.includes,
            diagnostics=self.diagnostics,
        )
        return packing.pack(whole)


def indexed(
    main: SourceFile, *headers: SourceFile, flags_hash: int = 1, cpu_seconds: float = 0.1
) -> TranslationUnitResult:
    """The result of a translation unit that parsed: its main file and the headers it saw."""
    shard = Shard(SHARD_VERSION, [file.shard() for file in (main, *headers)], 0, "")
    return TranslationUnitResult(
        path=os.fsdecode(main.path),
        flags_hash=flags_hash,
        status=FileStatus.INDEXED,
        shard=msgspec.Raw(msgspec.msgpack.encode(shard)),
        cpu_seconds=cpu_seconds,
        peak_rss=1 << 20,
    )


def failed(
    path: str, message: str, status: FileStatus = FileStatus.FAILED
) -> TranslationUnitResult:
    return TranslationUnitResult(path, 1, status, None, message=message)


def many_symbols(path: str, count: int, *, prefix: str = "f") -> SourceFile:
    """A file that defines ``count`` functions, each calling the one before."""
    file = SourceFile(path, content=f"{prefix} {count}")
    for number in range(count):
        file.declares(f"{prefix}{number}", number, defines=True)
        if number:
            inside = f"{prefix}{number}"
            file.uses(f"{prefix}{number - 1}", number, 30, CALL, inside=inside)
    return file


def names(values: Sequence[object] | Mapping[str, object]) -> list[str]:
    """The ``name`` of each value."""
    return [str(getattr(value, "name", value)) for value in values]
