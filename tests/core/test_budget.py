"""What a user may write as a memory budget, and what it means."""

from __future__ import annotations

import pytest

from cppls.core.budget import SMALLEST, BudgetError, budget_bytes, parse_size, show_size

M, G = 1 << 20, 1 << 30


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("512M", 512 * M),
        ("512m", 512 * M),
        ("512 MB", 512 * M),
        ("512MiB", 512 * M),
        ("1.5G", 3 * G // 2),
        (".5g", G // 2),
        ("262144K", 256 * M),
        ("1073741824", G),
        ("2T", 2048 * G),
    ],
)
def test_a_size_in_every_spelling(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "M", "12X", "-5M", "1,5G", "five", "1e9", "nan"])
def test_what_is_no_size_is_said_so(text: str) -> None:
    with pytest.raises(BudgetError, match="512M"):
        parse_size(text)


@pytest.mark.parametrize(
    ("profile", "ram", "size"),
    [
        ("small", 64 * G, 256 * M),
        ("normal", 4 * G, G),
        ("normal", 64 * G, 2 * G),
        ("Large", 64 * G, 32 * G),
        ("normal", 256 * M, SMALLEST),
    ],
)
def test_a_profile_follows_the_machine(profile: str, ram: int, size: int) -> None:
    assert budget_bytes(profile, ram) == size


def test_the_setting_counts_before_the_environment_and_that_before_the_default() -> None:
    environment = {"CPPLS_MEMORY": "300M"}
    assert budget_bytes("400M", 4 * G, environment) == 400 * M
    assert budget_bytes("", 4 * G, environment) == 300 * M
    assert budget_bytes("", 4 * G, {}) == G


def test_too_small_a_budget_is_refused_with_the_smallest_that_works_and_why() -> None:
    with pytest.raises(BudgetError, match=f"{show_size(SMALLEST)} is the least .*worker"):
        budget_bytes("100M", 4 * G)
    assert budget_bytes(show_size(SMALLEST), 4 * G) == SMALLEST


@pytest.mark.parametrize("text", ["lots", "64M"])
def test_a_bad_budget_of_the_environment_is_refused_by_the_variables_name(text: str) -> None:
    with pytest.raises(BudgetError, match="^CPPLS_MEMORY: .*" + text):
        budget_bytes("", 4 * G, {"CPPLS_MEMORY": text})
    assert budget_bytes("512M", 4 * G, {"CPPLS_MEMORY": text}) == 512 * M


def test_a_size_is_shown_as_it_would_be_written() -> None:
    assert [show_size(size) for size in (512 * M, 3 * G // 2, 100 * M)] == ["512M", "1.5G", "100M"]
    assert parse_size(show_size(384 * M)) == 384 * M
