"""A header is claimed branch by branch: a unit hands out those that nobody has read before it."""

from __future__ import annotations

from array import array
from pathlib import Path

import pytest

from cppls.clang.indexer import IndexSession
from cppls.clang.library import Library
from cppls.core.messages import FileShard
from tests.clang.preambles import Project, project

FILES = """
//- h.h
#ifndef H_H
#define H_H
int always();
#ifdef WIDE
long wide(long);
#elif defined(NARROW)
int narrow(int);
#endif
inline long body() {
#ifdef WIDE
    return wide(1);
#else
    return always();
#endif
}
#endif
//- guarded.h
#ifndef GUARDED_H
#define GUARDED_H
int guarded();
#endif
//- once.h
#pragma once
int once();
//- default.h
int other();
#ifndef LIMIT
#define LIMIT 7
#endif
//- main.cpp
#include "h.h"
#include "guarded.h"
#include "once.h"
#include "default.h"
"""


@pytest.fixture
def made(libraries: Library, tmp_path: Path) -> Project:
    return project(libraries, tmp_path, FILES)


@pytest.fixture
def session(libraries: Library) -> IndexSession:
    return IndexSession(libraries)


def headers(made: Project, session: IndexSession, *arguments: str) -> dict[str, FileShard]:
    """What a unit with these arguments gives of the headers, by name."""
    shard = made.index_in(session, "main.cpp", over=bool(made.chain), arguments=arguments).shard
    assert shard
    return {Path(file.path.decode()).name: file for file in shard.files[1:]}


def names(file: FileShard) -> list[str]:
    return sorted(record.name for record in file.symbols)


def test_a_unit_hands_out_what_nobody_has_read(made: Project, session: IndexSession) -> None:
    first = headers(made, session)["h.h"]
    assert (names(first), first.partial) == (["H_H", "always", "body"], False)
    second = headers(made, session, "-DWIDE")["h.h"]
    assert (names(second), second.partial) == (["wide"], True)
    assert headers(made, session, "-DNARROW")["h.h"].partial
    for arguments in ((), ("-DWIDE",), ("-DNARROW",)):
        assert "h.h" not in headers(made, session, *arguments)


def test_a_branch_in_a_body_that_the_session_has_parsed_is_read(
    made: Project, session: IndexSession
) -> None:
    headers(made, session)
    wide = headers(made, session, "-DWIDE")["h.h"]
    declared = next(record.id for record in wide.symbols)
    spots = next(blob for symbol, blob, _ in wide.postings if symbol == declared)
    assert len(spots) == 10, "the declaration and the call"


def test_guards_are_no_branches(made: Project, session: IndexSession) -> None:
    found = headers(made, session)
    assert found["guarded.h"].branches == found["once.h"].branches == b""
    assert len(array("Q", found["default.h"].branches)) == 1


def test_a_default_that_a_unit_does_not_need_is_found_by_another(
    made: Project, session: IndexSession
) -> None:
    assert names(headers(made, session, "-DLIMIT=3")["default.h"]) == ["other"]
    assert names(headers(made, session)["default.h"]) == ["LIMIT"]


def test_a_preamble_claims_the_branches_that_it_reads(made: Project, session: IndexSession) -> None:
    made.precompile("#define WIDE 1\n", "h.h")
    (shard,) = made.shards
    assert "wide" in names(shard.files[-1])
    read = set(array("Q", shard.files[-1].branches))
    assert read & set(array("Q", made.keys))
    session.know(made.keys)
    assert "h.h" not in headers(made, session)
