"""Files of a workspace may be anything; reading one always ends."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cppls.core import files
from cppls.core.files import read_file


def test_a_regular_file_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "a b\udcff.c"
    path.write_bytes(b"\xef\xbb\xbfint a;\r\n\0")
    assert read_file(str(path)) == b"\xef\xbb\xbfint a;\r\n\0"


@pytest.mark.skipif(os.name == "nt", reason="pipes and devices are files on POSIX only")
def test_what_never_ends_is_refused(tmp_path: Path) -> None:
    pipe, zero = tmp_path / "pipe.h", tmp_path / "zero.h"
    os.mkfifo(pipe)
    zero.symlink_to("/dev/zero")
    for path in (pipe, zero, tmp_path):
        with pytest.raises(OSError, match=r"not a regular file|directory"):
            read_file(str(path))


def test_a_file_too_large_for_a_source_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "LARGEST", 10)
    path = tmp_path / "big.c"
    path.write_bytes(b"x" * 11)
    with pytest.raises(OSError, match="too much for a source"):
        read_file(str(path))


def test_a_name_that_no_file_can_have_is_an_error_of_the_system(tmp_path: Path) -> None:
    reasons = {"nul\0.c": "NUL character", "gone.c": "No such file", "x" * 5000: "name too long"}
    for name, reason in reasons.items():
        with pytest.raises(OSError, match=reason):
            read_file(str(tmp_path / name))
