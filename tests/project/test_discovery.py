"""Without any build set-up: the sources are found and the flags guessed."""

from __future__ import annotations

import os

import pytest

from cppls.project import Project, discovery
from cppls.project.discovery import guess_flags, guess_standard, scan
from cppls.project.problems import Problems
from tests.project.conftest import Folder, Open


def relative(folder: Folder, paths: list[str]) -> list[str]:
    return [os.path.relpath(path, folder.path) for path in paths]


def guessed(folder: Folder, system: tuple[str, ...] = ()) -> list[str]:
    tree = scan(str(folder.path), Problems())
    return [f.replace(str(folder.path), "") for f in guess_flags(str(folder.path), tree, system)]


def test_sources_are_found_and_generated_or_foreign_folders_left_out(folder: Folder) -> None:
    for name in ("a.c", "lib/b.cpp", "lib/c.hpp", "tests/d.cu", "builder/e.cc"):
        folder.write(name)
    for name in (".git/x.c", "build/x.c", "cmake-build-debug/x.c", "node_modules/x.c", ".x.c"):
        folder.write(name)
    folder.write("other/CMakeCache.txt")
    folder.write("other/CMakeFiles/x.c")
    folder.write("notes.txt")
    tree = scan(str(folder.path), Problems())
    assert relative(folder, tree.sources) == ["a.c", "builder/e.cc", "lib/b.cpp", "tests/d.cu"]
    assert relative(folder, tree.headers) == ["lib/c.hpp"]


def test_links_give_each_file_once_and_loops_end(folder: Folder) -> None:
    folder.write("lib/a.c")
    (folder.path / "lib" / "loop").symlink_to("..")
    (folder.path / "again.c").symlink_to("lib/a.c")
    (folder.path / "dangling.c").symlink_to("nowhere.c")
    (folder.path / "self.c").symlink_to("self.c")
    tree = scan(str(folder.path), Problems())
    assert relative(folder, tree.sources) == ["lib/a.c"]


def test_a_tree_too_big_is_cut_and_says_so(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(6):
        folder.write(f"d{number}/a.c")
    monkeypatch.setattr(discovery, "MAX_FILES", 3)
    problems = Problems()
    tree = scan(str(folder.path), problems)
    assert len(tree.sources) == 3
    assert "more than 3 source files" in problems.list()[0].message


def test_includes_tell_the_include_folders(folder: Folder) -> None:
    folder.write("public/api/core.h")
    folder.write("internal/detail.h")
    folder.write("src/near.h")
    folder.write(
        "src/a.cpp", '#include <api/core.h>\n # include "detail.h"\n#include "near.h"\n#include <x>'
    )
    assert guessed(folder) == ["-I/public", "-I/src", "-iquote/internal"]


def test_a_header_named_like_a_system_one_does_not_hide_it(
    folder: Folder, tmp_path: object
) -> None:
    folder.write("compat/string.h")
    folder.write("a.c", "#include <string.h>\n")
    folder.write("system/string.h")
    assert "-I/compat" not in guessed(folder, (folder / "system",))


def test_of_two_headers_of_a_name_the_nearer_one_counts(folder: Folder) -> None:
    folder.write("one/include/config.h")
    folder.write("two/include/config.h")
    folder.write("two/src/a.c", '#include "config.h"\n')
    assert guessed(folder) == ["-iquote/two/include"]


def test_the_standard_is_read_from_the_build_files(folder: Folder) -> None:
    assert guess_standard(str(folder.path)) == {"c": "gnu17", "c++": "gnu++20"}
    folder.write("Makefile", "CFLAGS += -std=c99 -Wall\nCXXFLAGS += -std=gnu++14")
    assert guess_standard(str(folder.path)) == {"c": "c99", "c++": "gnu++14"}
    folder.write("CMakeLists.txt", "set(CMAKE_CXX_STANDARD 23)\nset(CMAKE_C_STANDARD 11)")
    assert guess_standard(str(folder.path)) == {"c": "gnu11", "c++": "gnu++23"}


def kinds(project: Project, *paths: str) -> list[tuple[str, str]]:
    commands = [project.command(path) for path in paths]
    return [(command.arguments[1], command.arguments[2]) for command in commands]


def test_a_project_without_set_up_has_units_flags_and_headers(
    folder: Folder, open_project: Open
) -> None:
    folder.write("a.cpp")
    folder.write("b.c")
    folder.write("b.h")
    project = open_project(fallback_flags=["-DMINE"])
    assert kinds(project, folder / "a.cpp", folder / "b.c", folder / "b.h", folder / "z.h") == [
        ("c++", "-std=gnu++20"),
        ("c", "-std=gnu17"),
        ("c-header", "-std=gnu17"),
        ("c++-header", "-std=gnu++20"),
    ]
    assert "-DMINE" in project.command(folder / "a.cpp").arguments
    assert project.command(folder / "b.h").source == "guessed"


def test_new_and_removed_files_are_noticed_and_the_others_keep_their_flags(
    folder: Folder, open_project: Open
) -> None:
    folder.write("inc/x.h")
    folder.write("src/a.c", "#include <x.h>\n")
    old = folder.write("src/old.c")
    project = open_project()
    assert not project.reload_if_changed()
    new = folder.write("src/new.c")
    os.unlink(old)
    changes = project.reload_if_changed()
    assert changes.added == (new,)
    assert changes.removed == (old,)
    assert changes.changed == ()


def test_an_empty_folder_still_answers(folder: Folder, open_project: Open) -> None:
    project = open_project()
    assert list(project.translation_units()) == []
    assert project.command(folder / "new.c").arguments[1] == "c"


@pytest.mark.parametrize("flags", ["", "-Iinclude\n-std=c++17\n"])
def test_a_library_of_nothing_but_headers_is_indexed_header_by_header(
    folder: Folder, open_project: Open, flags: str
) -> None:
    headers = [folder.write("include/lib/a.h", "class A;"), folder.write("include/lib/b.hpp")]
    if flags:
        folder.write("compile_flags.txt", flags)
    project = open_project()
    assert list(project.translation_units()) == headers
    assert [project.command(path).arguments[:2] for path in headers] == [("-x", "c++-header")] * 2
    folder.write("main.cpp")
    assert project.reload_if_changed().removed == tuple(headers)


def test_a_folder_without_sources_says_so(folder: Folder, open_project: Open) -> None:
    folder.write("notes.txt")
    [problem] = open_project().problems
    assert problem.path == str(folder.path)
    assert problem.message == "holds no C or C++ file"
