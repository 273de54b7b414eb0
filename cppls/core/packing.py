"""The stored form of a file's shard: made in the worker, written as it is, read by the index.

The one writer of an index sets the pace for all workers, so whatever can be done before it is
done here. Knows the messages, and neither SQLite nor libclang.

*Blocks* lead from a file to what it holds: a run of postings or records that are ordered by symbol
id, as a MessagePack array, under the id of the first. A row in a table for each would cost more in
headers and keys than the spots themselves. Blocks of records are compressed: scopes and signatures
repeat, and records are the biggest part of an index.

*Rows* lead from a key to a file. They are of one width in each table, so that a run of them needs
no structure, and ordered as bytes, which is the order of the numbers in them. The worker leaves
out the file's number, which the writer appends:

=============  ====================================================================
posting row    symbol, one byte: 0 where the file declares the symbol, else 1
naming row     name's id, symbol that the file declares by the name
relation row   symbol, kind, symbol: both ways, the kind negative from object to subject
=============  ====================================================================
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from cppls.core import spots
from cppls.core.messages import Block, DiagnosticRecord, FileShard, PackedFile, SymbolRecord
from cppls.core.model import SymbolId
from cppls.core.names import name_id

POSTING_ROW: Final = 9
NAMING_ROW: Final = 16
RELATION_ROW: Final = 17
"""Bytes of a row without the file's number."""

DECLARES: Final = b"\0"
USES: Final = b"\1"

_POSTING_BYTES: Final = 800
_RECORD_BYTES: Final = 1500
"""Where a block is cut; a longer single item makes a block of its own. Compressed, records shrink
to about half, so that either kind of block stays below what a row keeps in its page."""

_BIAS: Final = 1 << 63
_KIND_BIAS: Final = 1 << 7


def pack(file: FileShard) -> PackedFile:
    """``file``, or this part of it, as the index stores it."""
    names = {record.name: name_id(record.name) for record in file.symbols if record.name}
    postings = file.postings
    return PackedFile(
        path=file.path,
        key=file.key,
        content_hash=file.content_hash,
        token_hash=file.token_hash,
        size=file.size,
        mtime_ns=file.mtime_ns,
        ascii=file.ascii,
        part=file.part,
        partial=file.partial,
        branches=file.branches,
        occurrences=spots.count(b"".join([blob for _, blob, _ in postings])),
        containers=file.containers,
        symbols=list(_record_blocks(sorted(file.symbols, key=lambda record: record.id))),
        postings=list(_posting_blocks([(symbol, blob) for symbol, blob, _ in postings])),
        posting_rows=_joined(
            # A record without a spot (an implicit member, say) must be found all the same.
            {key(record.id) + DECLARES for record in file.symbols}
            | {key(symbol) + USES for symbol, _, declared in postings if not declared}
        ),
        naming_rows=_joined(
            {key(names[record.name]) + key(record.id) for record in file.symbols if record.name}
        ),
        relation_rows=_joined(
            row
            for subject, kind, object_ in ((r.subject, r.kind, r.object) for r in file.relations)
            for row in (
                relation_key(subject, kind) + key(object_),
                relation_key(object_, -kind) + key(subject),
            )
        ),
        names=sorted((id, name) for name, id in names.items()),
        includes=file.includes,
        diagnostics=_encode(file.diagnostics) if file.diagnostics else b"",
    )


def key(id: int) -> bytes:
    """A signed 64-bit number as 8 bytes that are ordered as the numbers are."""
    return (id + _BIAS).to_bytes(8, "big")


def id_of(key: bytes) -> int:
    """The number that :func:`key` made ``key`` from."""
    return int.from_bytes(key, "big") - _BIAS


def relation_key(symbol: SymbolId, kind: int) -> bytes:
    """What relation rows of ``symbol`` begin with; ``kind`` is negative where it is the object."""
    return key(symbol) + bytes((kind + _KIND_BIAS,))


def kind_and_id(row: bytes) -> tuple[int, SymbolId]:
    """The signed kind and the other symbol of a relation row, the first symbol taken off."""
    return row[0] - _KIND_BIAS, id_of(row[1:])


def unpacked_records(block: bytes) -> bytes:
    """A block of records as the MessagePack array that it was. Raises ``ValueError``."""
    try:
        return zlib.decompress(block)
    except zlib.error as error:
        raise ValueError(f"a block of symbols cannot be decompressed: {error}") from error


def unpacked_diagnostics(blob: bytes) -> list[DiagnosticRecord]:
    """The diagnostics of a ``PackedFile``. Raises ``msgspec.DecodeError``."""
    return _decode_diagnostics(blob) if blob else []


_decode_diagnostics: Final = msgspec.msgpack.Decoder(list[DiagnosticRecord]).decode
_encode: Final = msgspec.msgpack.Encoder().encode


def _joined(rows: Iterator[bytes] | set[bytes]) -> bytes:
    return b"".join(sorted(set(rows)))


def _posting_blocks(postings: Sequence[tuple[SymbolId, bytes]]) -> Iterator[Block]:
    start = size = 0
    for index, (_, blob) in enumerate(postings):
        size += len(blob) + 12
        if size > _POSTING_BYTES and index > start:
            yield postings[start][0], _encode(postings[start:index])
            start, size = index, len(blob) + 12
    if postings:
        yield postings[start][0], _encode(postings[start:])


def _record_blocks(records: Sequence[SymbolRecord]) -> Iterator[Block]:
    start = size = 0
    for index, record in enumerate(records):
        grown = 40 + len(record.name) + len(record.scope) + len(record.signature)
        size += grown + len(record.brief)
        if size > _RECORD_BYTES and index > start:
            yield records[start].id, _packed_records(records[start:index])
            start, size = index, grown + len(record.brief)
    if records:
        yield records[start].id, _packed_records(records[start:])


def _packed_records(records: Sequence[SymbolRecord]) -> bytes:
    # Higher levels gain 3 % and cost 10 %.
    return zlib.compress(_encode(records), 1)
