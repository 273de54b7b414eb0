"""A project says which files it has and how each is compiled."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from cppls.core.settings import IndexHints, PushedCommand, Settings
from cppls.project import Project
from cppls.project import project as project_module
from cppls.project.values import flags_hash
from tests.project.conftest import Folder, Open


def flags_of(project: Project, path: str, donor: str | None = None) -> list[str]:
    """The arguments without what every file of the toolchain gets."""
    arguments = list(project.command(path, donor=donor).arguments)
    end = next(i for i, a in enumerate(arguments) if a.startswith(("--target", "-nostdinc")))
    return arguments[:end]


def names(paths: Sequence[str]) -> list[str]:
    return [os.path.basename(path) for path in paths]


def test_a_database_gives_units_and_commands(folder: Folder, open_project: Open) -> None:
    folder.database(folder.entry("b.cpp", "-std=c++20 -DB"), folder.entry("a.c", "-DA", "gcc"))
    project = open_project()
    assert names(project.translation_units()) == ["b.cpp", "a.c"]
    assert flags_of(project, folder / "b.cpp") == ["-x", "c++", "-std=c++20", "-DB"]
    assert flags_of(project, folder / "a.c") == ["-x", "c", "-DA"]
    command = project.command(folder / "b.cpp")
    assert command.directory == str(folder.path)
    assert command.source == "compile_commands.json"
    assert project.problems == []


def test_a_cxx_driver_takes_c_files_for_cxx(folder: Folder, open_project: Open) -> None:
    folder.database(folder.entry("a.c", "", "/usr/bin/g++"), folder.entry("b.c", "-x c", "g++"))
    project = open_project()
    assert project.command(folder / "a.c").arguments[1] == "c++"
    assert project.command(folder / "b.c").arguments[1] == "c"


def test_a_module_gets_a_standard_that_knows_modules(folder: Folder, open_project: Open) -> None:
    folder.database(folder.entry("m.cppm", ""), folder.entry("n.cppm", "-std=c++23"))
    project = open_project()
    assert flags_of(project, folder / "m.cppm") == ["-x", "c++-module", "-std=gnu++20"]
    assert flags_of(project, folder / "n.cppm") == ["-x", "c++-module", "-std=c++23"]


def test_a_link_to_a_file_stands_for_the_file(folder: Folder, open_project: Open) -> None:
    folder.write("real.c")
    (folder.path / "link.c").symlink_to("real.c")
    folder.database(folder.entry("link.c", "-DX"))
    project = open_project()
    assert list(project.translation_units()) == [folder / "real.c"]
    assert "-DX" in flags_of(project, folder / "link.c")


def test_units_are_grouped_by_what_they_are_compiled_with(
    folder: Folder, open_project: Open
) -> None:
    folder.database(
        folder.entry("a.cpp", "-DX"),
        folder.entry("b.cpp", "-DY"),
        folder.entry("c.cc", "-DX"),
        folder.entry("d.c", "-DX", "gcc"),
    )
    project = open_project()
    groups = project.unit_groups()
    assert [names(group.units) for group in groups] == [["a.cpp", "c.cc"], ["b.cpp"], ["d.c"]]
    for group in groups:
        for unit in group.units:
            command = project.command(unit)
            assert command.flags_hash == group.flags_hash
            assert (command.directory, command.arguments) == (group.directory, group.arguments)


def test_several_entries_give_several_commands(folder: Folder, open_project: Open) -> None:
    folder.database(folder.entry("a.c", "-DONE", "gcc"), folder.entry("a.c", "-DTWO", "gcc"))
    project = open_project()
    assert names(project.translation_units()) == ["a.c"]
    assert [c.arguments[2] for c in project.commands(folder / "a.c")] == ["-DONE", "-DTWO"]
    assert project.commands(folder / "a.h") == []
    assert project.command(folder / "a.c").arguments[2] == "-DONE", "the first one counts"


def test_another_first_entry_is_a_change_of_flags(folder: Folder, open_project: Open) -> None:
    one, two = folder.entry("a.c", "-DONE", "gcc"), folder.entry("a.c", "-DTWO", "gcc")
    folder.database(one, two)
    project = open_project()
    before = project.command(folder / "a.c").flags_hash
    folder.database(two, one)
    assert names(project.reload_if_changed().changed) == ["a.c"]
    assert project.command(folder / "a.c").flags_hash != before


def test_files_that_are_not_ours_excluded_or_gone_are_left_out(
    folder: Folder, open_project: Open
) -> None:
    (folder.path / "gone.c").touch()
    folder.database(
        *(
            folder.entry(name, "")
            for name in ("a.c", "boot.S", "gen/x.c", "third_party/z/y.c", "gone.c", "t_test.c")
        )
    )
    (folder.path / "gone.c").unlink()
    project = open_project(exclude=["third_party/", "*_test.c"])
    assert names(project.translation_units()) == ["a.c", "x.c"]
    (problem,) = project.problems
    assert problem.message.endswith("gone.c")
    assert "Generate the database again" in problem.hint


def test_preferred_files_come_first_and_otherwise_the_order_stays(
    folder: Folder, open_project: Open
) -> None:
    sources = ("z.c", "lib/b.c", "a.c", "lib/a.c")
    folder.database(*(folder.entry(name, "") for name in sources))
    project = open_project(index=IndexHints(["lib"]))
    assert names(project.translation_units()) == ["b.c", "a.c", "z.c", "a.c"]


@pytest.mark.parametrize(
    "place", ["build/", "cmake-build-debug/", "build-rel/", "../", "../build/"]
)
def test_the_database_is_found_in_build_folders_and_above(
    folder: Folder, open_project: Open, place: str
) -> None:
    folder.path.parent.chmod(0o755)
    folder.database(folder.entry("a.c", "-DFOUND"), at=f"{place}compile_commands.json")
    assert "-DFOUND" in flags_of(open_project(), folder / "a.c")


def test_the_search_ends_at_the_top_of_a_repository(folder: Folder, open_project: Open) -> None:
    (folder.path / ".git").mkdir()
    folder.database(folder.entry("a.c", "-DFOUND"), at="../compile_commands.json")
    assert open_project().origin.kind == "guessed"


def test_a_folder_that_everybody_may_write_to_is_not_trusted(
    folder: Folder, open_project: Open
) -> None:
    folder.database(folder.entry("a.c", "-DEVIL"), at="../compile_commands.json")
    folder.path.parent.chmod(0o777)
    assert open_project().origin.kind == "guessed"


def test_the_setting_wins_and_a_wrong_one_is_a_problem(folder: Folder, open_project: Open) -> None:
    folder.database(folder.entry("a.c", "-DROOT"))
    folder.database(folder.entry("a.c", "-DOTHER"), at="other/compile_commands.json")
    assert "-DOTHER" in flags_of(open_project(compile_commands="other"), folder / "a.c")
    wrong = open_project(compile_commands="nowhere")
    assert names(wrong.translation_units()) == ["a.c"]
    assert wrong.problems[0].message == "cannot be read: No such file or directory"


def test_response_files_count_and_a_change_in_one_is_noticed(
    folder: Folder, open_project: Open
) -> None:
    folder.write("inc.rsp", "-Ione")
    folder.database(folder.entry("a.c", "@inc.rsp", "gcc"))
    project = open_project()
    assert flags_of(project, folder / "a.c")[2:] == ["-Ione"]
    folder.write("inc.rsp", "-Isecond")
    assert names(project.reload_if_changed().changed) == ["a.c"]
    assert flags_of(project, folder / "a.c")[2:] == ["-Isecond"]


def test_compile_flags_txt_is_for_every_source(folder: Folder, open_project: Open) -> None:
    folder.write("compile_flags.txt", "-std=c++20\n\n-I\ninc dir\n# a note\n-DX=1 2\n")
    for name in ("a.cpp", "sub/b.cc", "build/skipped.cc"):
        folder.write(name)
    project = open_project()
    assert names(project.translation_units()) == ["a.cpp", "b.cc"]
    command = project.command(folder / "sub/b.cc")
    assert command.source == "compile_flags.txt"
    assert flags_of(project, folder / "a.cpp") == [
        "-x",
        "c++",
        "-std=c++20",
        "-Iinc dir",
        "-DX=1 2",
    ]


# --- headers --------------------------------------------------------------------------------------


def test_a_header_takes_the_flags_of_its_donor(folder: Folder, open_project: Open) -> None:
    folder.database(folder.entry("x/a.cpp", "-DA"), folder.entry("y/b.c", "-DB", "gcc"))
    folder.write("x/a.h")
    project = open_project()
    assert flags_of(project, folder / "x/a.h") == ["-x", "c++-header", "-DA"]
    as_c = project.command(folder / "x/a.h", donor=folder / "y/b.c")
    assert as_c.arguments[:3] == ("-x", "c-header", "-DB")
    assert as_c.source == "as b.c"
    unknown = project.command(folder / "x/a.h", donor="/no/such.c")
    assert unknown.source == "as a.cpp"


@pytest.mark.parametrize(
    ("header", "relative"),
    [
        ("lib/parser.h", "lib/parser.cpp"),
        ("include/lib/parser.hpp", "lib/parser.cpp"),
        ("lib/parser-inl.h", "lib/parser.cpp"),
        ("tool/parser-inl.h", "lib/parser.cpp"),
        ("tool/other.h", "tool/main.cpp"),
        ("plain/util.h", "plain/util.c"),
        ("plain/only.hpp", "lib/parser.cpp"),
        ("lib/new.cpp", "lib/parser.cpp"),
        ("plain/new.c", "plain/util.c"),
    ],
)
def test_the_nearest_relative_shares_stem_language_and_folders(
    folder: Folder, open_project: Open, header: str, relative: str
) -> None:
    folder.database(
        folder.entry("lib/parser.cpp", "-std=c++20 -DIN=lib/parser.cpp"),
        folder.entry("lib/parser_test.cpp", "-DIN=lib/parser_test.cpp"),
        folder.entry("tool/main.cpp", "-DIN=tool/main.cpp"),
        folder.entry("plain/util.c", "-std=c11 -DIN=plain/util.c", "gcc"),
    )
    project = open_project()
    assert f"-DIN={relative}" in flags_of(project, folder / header)
    assert project.command(folder / header).source == f"as {os.path.basename(relative)}"


def test_a_cxx_header_among_c_files_gets_no_c_standard(folder: Folder, open_project: Open) -> None:
    folder.database(folder.entry("a.c", "-std=c11", "gcc"))
    assert flags_of(open_project(), folder / "b.hpp") == ["-x", "c++-header"]


def test_headers_are_told_by_name_unless_the_database_compiles_them(
    folder: Folder, open_project: Open
) -> None:
    folder.database(folder.entry("own.h", "-x c++-header"), folder.entry("a.cpp", ""))
    project = open_project()
    assert project.is_header(folder / "b.h")
    assert project.is_header(folder / "QtCore")
    assert not project.is_header(folder / "own.h")
    assert not project.is_header(folder / "a.cpp")
    assert project.command(folder / "own.h").arguments[1] == "c++-header"


# --- the hash and the fallback --------------------------------------------------------------------


def test_the_flags_hash_is_the_same_in_every_run_and_differs_with_the_flags(
    folder: Folder, open_project: Open
) -> None:
    assert flags_hash("/p", ["-DX", "-Iß"]) == 3259454974847646399
    folder.database(folder.entry("a.c", "-DA"), folder.entry("b.c", "-DA"), folder.entry("c.c", ""))
    a, b, c = (open_project().command(folder / f"{name}.c") for name in "abc")
    assert a.flags_hash == b.flags_hash != c.flags_hash
    assert -(1 << 63) <= a.flags_hash < 1 << 63


def test_the_fallback_keeps_language_macros_and_folders(folder: Folder, open_project: Open) -> None:
    folder.database(folder.entry("a.cpp", "-std=c++20 -DX -Iinc -Wall -march=odd -fpack-struct=2"))
    fallback = open_project().command(folder / "a.cpp").fallback
    assert fallback[:5] == ("-x", "c++", "-std=c++20", "-DX", "-Iinc")
    assert "-nostdinc" in fallback
    assert not {"-Wall", "-march=odd", "-fpack-struct=2"} & set(fallback)
    assert not any(argument.startswith("--target") for argument in fallback)


# --- explaining -----------------------------------------------------------------------------------


def test_explain_says_where_the_flags_come_from_and_what_was_dropped(
    folder: Folder, open_project: Open
) -> None:
    folder.database(folder.entry("a.cpp", "-DA -fplugin=x.so", "./tools/g++"))
    explanation = open_project().explain(folder / "a.h")
    assert explanation.donor == folder / "a.cpp"
    assert explanation.language == "c++-header"
    assert explanation.command.source == "as a.cpp"
    assert explanation.toolchain.driver == "./tools/g++"
    assert "its path is relative" in explanation.toolchain.note
    assert [d.flag for d in explanation.dropped] == ["-fplugin=x.so"]
    assert msgspec.json.encode(explanation)


# --- changes --------------------------------------------------------------------------------------


def test_a_changed_database_tells_what_differs(folder: Folder, open_project: Open) -> None:
    a, b, c = (folder.entry(f"{name}.c", f"-D{name}") for name in "abc")
    folder.database(a, b)
    project = open_project()
    assert not project.reload_if_changed()
    folder.database(folder.entry("a.c", "-DNEW"), c)
    changes = project.reload_if_changed()
    assert (names(changes.added), names(changes.removed)) == (["c.c"], ["b.c"])
    assert names(changes.changed) == ["a.c"]
    assert not project.reload_if_changed()


def test_a_half_written_database_does_not_replace_the_good_one(
    folder: Folder, open_project: Open
) -> None:
    entries = [folder.entry(f"{n}.c", "") for n in range(5)]
    path = Path(folder.database(*entries))
    project = open_project()
    whole = path.read_text()
    path.write_text(whole[: len(whole) // 2])
    assert not project.reload_if_changed()
    assert project.unsettled == str(path)
    assert project.problems == []
    path.write_text(whole)
    assert not project.reload_if_changed()
    assert not project.unsettled
    assert project.problems == []


def test_a_database_that_stays_damaged_is_told_and_the_former_one_counts(
    folder: Folder, open_project: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = Path(folder.database(folder.entry("a.c", "-DX")))
    project = open_project()
    path.write_text(path.read_text()[:-9])
    assert not project.reload_if_changed()
    monkeypatch.setattr(project_module, "SETTLE", 0)
    assert not project.reload_if_changed()
    assert not project.unsettled
    assert project.problems[0].message == "ends in the middle of an entry"
    assert "-DX" in flags_of(project, folder / "a.c")


def test_a_database_that_is_gone_for_good_gives_way_to_guessing(
    folder: Folder, open_project: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = Path(folder.database(folder.entry("a.c", "-DX")))
    text = path.read_text()
    folder.write("b.c")
    project = open_project()
    path.unlink()
    assert not project.reload_if_changed()
    assert project.unsettled
    path.write_text(text)
    assert not project.reload_if_changed()
    assert not project.unsettled
    path.unlink()
    monkeypatch.setattr(project_module, "SETTLE", 0)
    changes = project.reload_if_changed()
    assert (names(changes.added), names(changes.changed)) == (["b.c"], ["a.c"])
    assert [problem.message for problem in project.problems] == [
        "is gone: the flags are guessed now"
    ]


def test_entries_in_another_order_and_spelling_are_no_change(
    folder: Folder, open_project: Open
) -> None:
    a, b = folder.entry("a.c", "-DA  -Iinc"), folder.entry("b.c", "-DB")
    folder.database(a, b)
    project = open_project()
    a["command"] = f"/usr/bin/g++ -DA '-Iinc' -fno-fat-lto-objects -MD -o a.o -c {folder / 'a.c'}"
    folder.database(b, a)
    assert not project.reload_if_changed()


def test_an_entry_that_leaves_takes_its_unit_along(folder: Folder, open_project: Open) -> None:
    a, b = folder.entry("a.c", ""), folder.entry("b.c", "")
    folder.database(a, b)
    project = open_project()
    folder.database(b)
    assert names(project.reload_if_changed().removed) == ["a.c"]


def test_compile_flags_txt_that_changes_changes_every_file(
    folder: Folder, open_project: Open
) -> None:
    path = folder.write("compile_flags.txt", "-DONE\n")
    folder.write("a.c")
    project = open_project()
    folder.write("compile_flags.txt", "-DONE\n\n")
    assert not project.reload_if_changed([path])
    folder.write("compile_flags.txt", "-DTWO\n")
    assert not project.reload_if_changed([folder / "a.c"]), "this hint speaks of another file"
    assert names(project.reload_if_changed([path]).changed) == ["a.c"]


def test_a_link_that_leads_elsewhere_brings_other_units(folder: Folder, open_project: Open) -> None:
    folder.write("v1/a.c")
    folder.write("v2/a.c")
    link = folder.path / "now"
    link.symlink_to("v1")
    entry = {"directory": str(folder.path), "file": "now/a.c", "command": "cc -c now/a.c"}
    folder.database(entry)
    project = open_project()
    assert project.translation_units() == (folder / "v1/a.c",)
    link.unlink()
    link.symlink_to("v2")
    assert not project.reload_if_changed([folder / "v1/a.c"])
    changes = project.reload_if_changed([str(link)])
    assert (changes.added, changes.removed) == ((folder / "v2/a.c",), (folder / "v1/a.c",))


def test_a_database_that_appears_replaces_the_guess(folder: Folder, open_project: Open) -> None:
    folder.write("a.c")
    project = open_project()
    assert project.origin.kind == "guessed"
    folder.database(folder.entry("a.c", "-DX"), folder.entry("b.c", ""))
    changes = project.reload_if_changed()
    assert (names(changes.added), names(changes.changed)) == (["b.c"], ["a.c"])


def test_a_generated_file_that_appears_is_a_new_unit(folder: Folder, open_project: Open) -> None:
    folder.database(folder.entry("a.c", ""), folder.entry("generated.c", ""))
    (folder.path / "generated.c").unlink()
    project = open_project()
    assert names(project.translation_units()) == ["a.c"]
    folder.write("generated.c")
    assert names(project.reload_if_changed().added) == ["generated.c"]
    assert names(project.translation_units()) == ["a.c", "generated.c"]
    assert project.problems == []


# --- bad input ------------------------------------------------------------------------------------


def test_a_broken_database_is_a_problem_and_the_flags_are_guessed(
    folder: Folder, open_project: Open
) -> None:
    folder.write("compile_commands.json", "{")
    folder.write("a.c")
    project = open_project()
    assert names(project.translation_units()) == ["a.c"]
    assert project.command(folder / "a.c").source == "guessed"
    assert [problem.message for problem in project.problems] == ["is not a JSON array"]


def test_paths_with_spaces_links_and_odd_bytes(folder: Folder, open_project: Open) -> None:
    folder.write("real dir/a b.c")
    (folder.path / "link").symlink_to("real dir")
    odd = os.fsdecode(b"\xff.c")
    (folder.path / odd).touch()
    entry = {"directory": str(folder.path / "link"), "command": "cc -c 'a b.c'", "file": "a b.c"}
    text = msgspec.json.encode([entry])[:-1] + (
        b',{"directory":"%s","file":"\xff.c","command":"cc -c \xff.c"}]' % os.fsencode(folder.path)
    )
    (folder.path / "compile_commands.json").write_bytes(text)
    project = open_project()
    assert list(project.translation_units()) == [folder / "real dir/a b.c", folder / odd]
    # A path through the link is the same file.
    assert project.command(folder / "link/a b.c").source == "compile_commands.json"
    assert project.command(folder / odd).arguments[1] == "c"


def test_files_outside_the_root_count(folder: Folder, open_project: Open, tmp_path: Path) -> None:
    outside = Path(os.path.realpath(tmp_path)) / "generated.c"
    outside.touch()
    folder.database(folder.entry(str(outside), "-DX"))
    project = open_project()
    assert list(project.translation_units()) == [str(outside)]
    assert project.statistics()["outside_root"] == 1


def test_a_root_that_does_not_exist_is_an_empty_project(tmp_path: Path) -> None:
    project = Project.open(str(tmp_path / "nowhere"), Settings(), str(tmp_path / "cache"))
    assert list(project.translation_units()) == []
    assert project.problems
    assert project.command("/somewhere/a.cpp").arguments[1] == "c++"


def test_what_an_editor_says_of_a_file_counts_instead_of_the_database(
    folder: Folder, open_project: Open
) -> None:
    folder.database(folder.entry("a.c", "-DA", "gcc"), folder.entry("b.c", "-DB", "gcc"))
    folder.write("new.c")
    changes = {
        name: PushedCommand(str(folder.path), ["gcc", "-DPUSHED", "-c", name, "-o", "x.o"])
        for name in (folder / "a.c", "new.c")
    }
    project = open_project(compilation_database_changes=changes)
    assert sorted(names(project.translation_units())) == ["a.c", "b.c", "new.c"]
    assert "-DPUSHED" in flags_of(project, folder / "a.c")
    assert "-DA" not in flags_of(project, folder / "a.c")
    assert "-DPUSHED" in flags_of(project, folder / "new.c")
    assert "-DB" in flags_of(project, folder / "b.c")
    assert project.problems == []
