"""Packed postings: what is packed comes out again, and rubbish is refused."""

from __future__ import annotations

import random

import pytest

from cppls.core.spots import PackedSpot, count, pack, unpack


def some_spots(seed: int, largest: int) -> list[PackedSpot]:
    draw = random.Random(seed)
    numbers = ([draw.randrange(largest) for _ in range(5)] for _ in range(draw.randrange(40)))
    return sorted(PackedSpot(*five) for five in numbers)


@pytest.mark.parametrize("largest", [2, 100, 128, 5_000, 1 << 33])
def test_what_is_packed_comes_out_again(largest: int) -> None:
    for seed in range(50):
        spots = some_spots(seed, largest)
        assert unpack(pack(spots)) == spots
        assert count(pack(spots)) == len(spots)


def test_a_small_spot_takes_five_bytes() -> None:
    assert pack([PackedSpot(3, 4, 5, 4, 1)]) == bytes([3, 4, 5, 4, 1])


def test_a_column_counts_from_the_last_spot_of_its_line() -> None:
    assert pack([PackedSpot(1, 10, 1, 4, 0), PackedSpot(1, 15, 1, 4, 0)])[5:7] == bytes([0, 5])


@pytest.mark.parametrize("blob", [b"\x01", b"\x01\x02\x03\x04", b"\x81", b"\x01\x02\x03\x04\x85"])
def test_a_blob_that_ends_too_early_is_refused(blob: bytes) -> None:
    with pytest.raises(ValueError, match="ends in the middle"):
        unpack(blob)


def test_counting_needs_no_unpacking() -> None:
    one, two = pack(some_spots(1, 500)), pack(some_spots(2, 500))
    assert count(one + two) == count(one) + count(two) > 0
