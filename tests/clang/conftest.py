"""libclang is loaded once; every test indexes in a session of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cppls.clang import library
from cppls.clang.indexer import IndexSession
from tests.clang.extraction import Extraction, extract


@pytest.fixture(scope="session")
def libraries() -> library.Library:
    return library.load()


@pytest.fixture
def session(libraries: library.Library) -> Iterator[IndexSession]:
    opened = IndexSession(libraries)
    yield opened
    opened.close()


Indexes = Callable[..., Extraction]


@pytest.fixture
def indexes(session: IndexSession, tmp_path: Path) -> Indexes:
    """``indexes(marked, main="main.cpp")``: the extraction of a marked text."""

    def index(marked: str, main: str = "main.cpp") -> Extraction:
        return extract(session, tmp_path, marked, main)

    return index
