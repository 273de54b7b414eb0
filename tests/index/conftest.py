"""An empty index to write to and read from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cppls.index.reader import Reader
from cppls.index.store import Index


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    with Index.open(str(tmp_path), "/project", write=True) as opened:
        yield opened


@pytest.fixture
def reader(index: Index) -> Iterator[Reader]:
    opened = index.reader()
    yield opened
    opened.close()
