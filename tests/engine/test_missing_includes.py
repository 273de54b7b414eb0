"""Headers that a file needs and does not include, as clangd's include cleaner tells them."""

from __future__ import annotations

from pathlib import Path

from cppls.core.model import Diagnostic
from cppls.engine.missing_includes import missing_includes
from cppls.features import missing_include
from cppls.project.clangd_values import Includes
from tests.world import World

PROJECT = """
//- direct.h
#pragma once
#include "through.h"
#include "shared.h" // IWYU pragma: export
int direct();
//- through.h
#pragma once
namespace far { struct Through { int member; }; }
#define THROUGH 1
//- shared.h
#pragma once
int shared();
//- public.h
#pragma once
#include "private.h"
int open_to_all();
//- private.h
#pragma once
// IWYU pragma: private, include "public.h"
int inner();
//- other.cpp
#include "through.h"
//- main.cpp
#include "direct.h"
#include "public.h"
int own();
int f(far::$class{Through$} t) {
  return t.member + own() + direct() + shared() + inner() + open_to_all() + $macro{THROUGH$};
}
int g(far::Through t);
"""


def found(world: World, settings: Includes | None = None) -> list[Diagnostic]:
    return missing_includes(world.reader, world.path("main.cpp"), settings or Includes())


def test_what_only_others_include_is_missing(tmp_path: Path) -> None:
    with World.of(tmp_path, PROJECT, open="") as world:
        missing = found(world)

        assert [(each.message, each.span) for each in missing] == [
            (f'No header providing "{name}" is directly included', place.span)
            for name, place in zip(
                ("far::Through", "THROUGH"), world.named("class", "macro"), strict=True
            )
        ]
        assert {each.code for each in missing} == {"missing-includes"}


def test_a_header_that_the_user_says_to_ignore(tmp_path: Path) -> None:
    with World.of(tmp_path, PROJECT, open="") as world:
        assert found(world, Includes(ignore_header=("through\\.h",))) == []


async def test_the_correction_includes_it(tmp_path: Path) -> None:
    with World.of(tmp_path, PROJECT, open="main.cpp") as world:
        path, (first, _) = world.path("main.cpp"), found(world)
        text = world.texts[path]
        ((_, fix),) = await missing_include.missing_includes(world.snapshot, path, text, [first])
        assert fix.title == 'Include "through.h" for symbol far::Through'
        assert [edit.text for edit in fix.edits] == ['#include "through.h"\n']
