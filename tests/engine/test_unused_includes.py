"""Includes that a file does not use, as clangd's include cleaner tells them."""

from __future__ import annotations

from pathlib import Path

import pytest

from cppls.core.model import Location
from cppls.engine.unused_includes import unused_includes
from cppls.project.clangd_values import Includes
from tests.world import World

PROJECT = """
//- used.h
#pragma once
int used();
//- unused.h
#ifndef UNUSED_H
#define UNUSED_H
int unused();
#endif
//- macro.h
#pragma once
#define LIMIT 10
//- textual.inc
LIST(one)
//- umbrella.h
#pragma once
#include "inner.h"
//- inner.h
#pragma once
struct Inner { int m; };
//- through.h
#pragma once
#include "used.h"
struct Through {};
//- exporting.h
#pragma once
#include "deep.h" // IWYU pragma: export
struct Exporting {};
//- deep.h
#pragma once
int deep();
//- private.h
#pragma once
// IWYU pragma: private, include "public.h"
int hidden();
//- public.h
#pragma once
#include "private.h"
int shown();
//- main.h
#pragma once
int elsewhere();
//- main.cpp
#include "main.h"
#include "used.h"
#include "macro.h"
#include "umbrella.h"
#include "exporting.h"
#include "public.h"
#define LIST(x) int x;
#include "textual.inc"
$unused{#include "unused.h"$}
$unused{#include "through.h"$} // but not what it includes
#include "unused.h" // IWYU pragma: keep
// IWYU pragma: begin_keep
#include "through.h"
// IWYU pragma: end_keep
int f(Inner i) { return used() + LIMIT + deep() + hidden(); }
"""


def found(world: World, settings: Includes | None = None) -> list[Location]:
    path = world.path("main.cpp")
    text = world.snapshot.text(path)
    assert text is not None
    unused = unused_includes(world.reader, path, text, settings or Includes())
    return [Location(path, each.span) for each in unused]


def test_what_is_not_named_is_not_used(tmp_path: Path) -> None:
    with World.of(tmp_path, PROJECT, open="") as world:
        assert found(world) == world.named("unused")


def test_a_header_that_the_user_says_to_ignore(tmp_path: Path) -> None:
    with World.of(tmp_path, PROJECT, open="") as world:
        kept = Includes(ignore_header=("unused\\.h$", "["))
        assert found(world, kept) == world.named("unused")[1:]


def test_angled_includes_only_where_the_user_asks(tmp_path: Path) -> None:
    source = PROJECT.replace('#include "unused.h"$}', "#include <unused.h>$}")
    source = source.replace("main.cpp", "main.cpp -I.")
    with World.of(tmp_path, source, open="") as world:
        assert found(world) == world.named("unused")[1:]
        assert found(world, Includes(analyze_angled_includes=True)) == world.named("unused")


def test_the_correction_removes_the_line(tmp_path: Path) -> None:
    with World.of(tmp_path, PROJECT, open="") as world:
        path = world.path("main.cpp")
        text = world.snapshot.text(path)
        assert text is not None
        first, _ = unused_includes(world.reader, path, text, Includes())
        ((edit,),) = (fix.edits for fix in first.fixits)
        assert text.slice(edit.span) == b'#include "unused.h"\n'
        assert (first.code, first.tags) == ("unused-includes", ["unnecessary"])


@pytest.mark.parametrize("header", ["missing.h"])
def test_what_is_not_there_is_another_problem(tmp_path: Path, header: str) -> None:
    with World.of(tmp_path, f'#include "{header}"\nint $0x;', open="") as world:
        assert found_in_first(world) == []


def found_in_first(world: World) -> list[str]:
    path = world.fixture.point().path
    text = world.snapshot.text(path)
    assert text is not None
    return [each.message for each in unused_includes(world.reader, path, text, Includes())]
