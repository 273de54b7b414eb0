"""What a live unit gives of its main file is what indexing it would give."""

from __future__ import annotations

import os
from array import array
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from cppls.clang import library
from cppls.clang.indexer import IndexSession
from cppls.clang.live import LiveContext, LiveUnit
from cppls.core.live_questions import Extract
from cppls.core.messages import FileShard, RelationRecord, SymbolRecord
from cppls.core.spots import PackedSpot, unpack
from tests.clang.extraction import Collected
from tests.clang.live import ask
from tests.markers import parse

SOURCES = {
    "functions and locals": """
        #include "h.h"
        static int twice(int v) { int w = v; return w + w; }
        int use() { return twice(from_header(1)); }
    """,
    "classes": """
        #include "h.h"
        /// A shape.
        struct Shape : Base { void f() override; int size; struct Inner {}; };
        void Shape::f() { size = 1; Shape other; other.f(); }
        namespace n { template <class T> struct Box : Shape { T item; }; }
        template <> struct n::Box<int> {};
    """,
    "what functions declare": """
        #include "h.h"
        namespace n { int twice(int v); }
        int f() {
          using n::twice;
          struct Local : Base { void f() override { inner = twice(1); } int inner; };
          Local local;
          return local.inner;
        }
    """,
    "macros in the preamble and behind it": """
        #ifndef GUARD
        #define GUARD
        #define FIRST(x) (x)
        #include "h.h"
        #if FIRST(1) && defined(HEADER)
        #define SECOND
        #endif
        int a = FIRST(HEADER);
        #ifdef SECOND
        #define THIRD FIRST(2)
        #endif
        int b = THIRD;
        #undef THIRD
        #endif
    """,
    "an error": """
        #include "h.h"
        int broken( { return from_header(1); }
        int fine() { return from_header(missing); }
    """,
    "no include at all": "enum Color { red, green };\nColor c = red;\n",
}

HEADER = """
//- h.h
#pragma once
#define HEADER 1
struct Base { virtual void f(); };
int from_header(int);
"""


class Held(NamedTuple):
    """What parts of a shard hold, decoded, in an order of its own."""

    symbols: list[SymbolRecord]
    spots: set[tuple[int, PackedSpot]]
    relations: set[RelationRecord]


def held(parts: list[FileShard]) -> Held:
    containers: array[int] = array("q", [0])
    for part in parts:
        for ids in part.containers:
            containers.frombytes(ids)
    spots = {
        (symbol, spot._replace(container=containers[spot.container]))
        for part in parts
        for symbol, blob, _ in part.postings
        for spot in unpack(blob)
    }
    symbols = sorted((each for part in parts for each in part.symbols), key=lambda each: each.id)
    # A live unit tells ordinary comments too.
    symbols = [msgspec.structs.replace(symbol, brief="") for symbol in symbols]
    return Held(symbols, spots, {relation for part in parts for relation in part.relations})


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_it_is_what_indexing_the_saved_text_gives(tmp_path: Path, source: str) -> None:
    fixture = parse(HEADER + "//- main.cpp\n" + source).write(tmp_path)
    path = os.fsencode(fixture.path("main.cpp"))
    directory = os.fsencode(tmp_path)
    session, collected = IndexSession(library.load()), Collected()
    session.index(path, directory, [b"-std=c++20"], sink=collected)
    session.close()
    indexed = [file for file in collected.files if file.path == path]

    # The text on disk is another one: what counts is unsaved.
    Path(fixture.path("main.cpp")).write_text("int other;")
    unit = LiveUnit(LiveContext.open(), path, directory, [b"-std=c++20"])
    text = fixture.text(fixture.path("main.cpp"))
    for _ in range(2):  # The second parse is over a precompiled preamble.
        unit.parse({path: text})
        live = [msgspec.msgpack.decode(part, type=FileShard) for part in ask(unit, Extract())]
        assert {part.path for part in live} == {path}
        assert live[0].content_hash == indexed[0].content_hash
        assert held(live) == held(indexed)
    unit.close()


def test_it_is_made_anew_after_a_parse(tmp_path: Path) -> None:
    fixture = parse("//- main.cpp\nint a;\n").write(tmp_path)
    path = os.fsencode(fixture.path("main.cpp"))
    unit = LiveUnit(LiveContext.open(), path, os.fsencode(tmp_path), [])
    names: list[list[str]] = []
    for text in (b"int a;\n", b"int b; int c;\n"):
        unit.parse({path: text})
        (part,) = (msgspec.msgpack.decode(part, type=FileShard) for part in ask(unit, Extract()))
        names.append(sorted(symbol.name for symbol in part.symbols))
    unit.close()
    assert names == [["a"], ["b", "c"]]
