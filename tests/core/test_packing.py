"""The stored form of a shard: keys that are ordered as numbers, rows and blocks."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cppls.core import packing
from cppls.core.messages import DiagnosticRecord, FileShard, RelationRecord, SymbolRecord
from cppls.core.names import name_id
from cppls.core.packing import DECLARES, USES, id_of, key, kind_and_id, relation_key

IDS = st.integers(-(1 << 63), (1 << 63) - 1)
SPOT = b"\0\0\x03\x04\0"


def record(id: int, name: str) -> SymbolRecord:
    return SymbolRecord(id, name, "scope", 12, 1, 0, 0, 3, 0, 0, 1, 0, "()", "")


def shard(**fields: object) -> FileShard:
    empty = FileShard(b"/p/a.c", 1, 2, 3, 4, 5, True, 0, False, b"", [], [], [], [], [], [])
    return msgspec.structs.replace(empty, **fields)


@given(IDS, IDS)
def test_keys_are_ordered_as_the_numbers_are(a: int, b: int) -> None:
    assert id_of(key(a)) == a
    assert (key(a) < key(b)) == (a < b)


def test_a_posting_row_says_whether_the_file_declares_the_symbol() -> None:
    packed = packing.pack(
        shard(
            symbols=[record(9, "implicit"), record(5, "five")],
            postings=[(-3, SPOT, False), (5, SPOT + SPOT, True)],
        )
    )
    rows = [key(-3) + USES, key(5) + DECLARES, key(9) + DECLARES]
    assert packed.posting_rows == b"".join(rows)
    assert packed.occurrences == 3


def test_names_lead_to_symbols() -> None:
    packed = packing.pack(shard(symbols=[record(1, "one"), record(2, ""), record(3, "one")]))
    one = name_id("one")
    assert packed.naming_rows == key(one) + key(1) + key(one) + key(3)
    assert packed.names == [(one, "one")]


def test_relations_lead_both_ways_and_come_once() -> None:
    twice = [RelationRecord(1, 2, 7)] * 2
    rows = packing.pack(shard(relations=twice)).relation_rows
    assert rows == relation_key(1, 2) + key(7) + relation_key(7, -2) + key(1)
    assert kind_and_id(rows[8:17]) == (2, 7)
    assert kind_and_id(rows[17 + 8 :]) == (-2, 1)


def test_blocks_are_cut_between_items_and_hold_them_all() -> None:
    postings = [(number, SPOT * 20, False) for number in range(100)]
    symbols = [record(number, f"name_{number}") for number in reversed(range(100))]
    packed = packing.pack(shard(postings=postings, symbols=symbols))
    found: list[tuple[int, bytes]] = []
    for first, block in packed.postings:
        assert len(block) < 1_000
        items = msgspec.msgpack.decode(block, type=list[tuple[int, bytes]])
        assert items[0][0] == first
        found += items
    assert found == [(symbol, blob) for symbol, blob, _ in postings]
    ids: list[int] = []
    for first, block in packed.symbols:
        records = msgspec.msgpack.decode(packing.unpacked_records(block), type=list[SymbolRecord])
        assert records[0].id == first
        ids += [each.id for each in records]
    assert ids == list(range(100))


def test_diagnostics_come_back_as_they_were() -> None:
    problem = DiagnosticRecord(1, 2, 1, 3, 3, "expected ';'", "")
    assert packing.unpacked_diagnostics(packing.pack(shard()).diagnostics) == []
    packed = packing.pack(shard(diagnostics=[problem]))
    assert packing.unpacked_diagnostics(packed.diagnostics) == [problem]


def test_a_block_that_is_damaged_is_told() -> None:
    with pytest.raises(ValueError, match="cannot be decompressed"):
        packing.unpacked_records(b"rubbish")
