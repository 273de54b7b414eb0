"""The compile database is read whatever its form, size or state."""

from __future__ import annotations

import json
import os
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from cppls.project.compile_commands import WINDOW, Loaded, load
from cppls.project.problems import Problems


def read(path: Path, text: str | bytes) -> tuple[Loaded, list[str]]:
    file = path / "compile_commands.json"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    problems = Problems()
    return load(str(file), problems), [problem.message for problem in problems.list()]


def entry(name: str, **more: Any) -> dict[str, Any]:
    return {"directory": "/p", "file": name, "arguments": ["cc", "-DX", "-c", name], **more}


def test_both_forms_and_relative_names_give_the_same_group(tmp_path: Path) -> None:
    entries = [
        {"directory": "/p/b", "file": "../a.c", "command": "cc -DX -I ../i -o a.o -c ../a.c"},
        {
            "directory": "/p/b",
            "file": "/p/b.c",
            "arguments": ["cc", "-DX", "-I", "../i", "-o", "b.o", "-c", "../b.c"],
        },
        {"directory": "/p/b", "file": "/p/c.c", "command": "cc -DX -I ../i -MD -MF c.d /p/c.c"},
    ]
    loaded, problems = read(tmp_path, json.dumps(entries))
    assert not problems
    assert loaded.entries.paths() == ("/p/a.c", "/p/b.c", "/p/c.c")
    assert loaded.entries.group_count() == 1
    assert loaded.entries.group(0) == ("/p/b", ("cc", "-DX", "-I", "../i"))


def test_a_relative_directory_starts_at_the_database_itself_not_at_a_link_to_it(
    tmp_path: Path,
) -> None:
    (tmp_path / "build").mkdir()
    target = tmp_path / "build" / "real.json"
    target.write_text(json.dumps([entry("a.c", directory=".")]))
    link = tmp_path / "compile_commands.json"
    link.symlink_to(target)
    loaded = load(str(link), Problems())
    assert loaded.entries.paths() == (os.path.realpath(tmp_path / "build" / "a.c"),)


def test_what_is_a_flags_value_in_one_entry_is_the_input_of_another(tmp_path: Path) -> None:
    entries = [
        entry("a.c", arguments=["cc", "-include", "b.c", "-idirafter", "odd", "a.c"]),
        entry("b.c", arguments=["cc", "-DX", "b.c"]),
        entry("odd", arguments=["cc", "-DX", "-xc", "odd"]),
    ]
    loaded, _ = read(tmp_path, json.dumps(entries))
    groups = [loaded.entries.group(number).tokens for number in range(3)]
    assert groups == [
        ("cc", "-include", "b.c", "-idirafter", "odd"),
        ("cc", "-DX"),
        ("cc", "-DX", "-xc"),
    ]


def test_several_entries_of_one_file_all_count(tmp_path: Path) -> None:
    loaded, _ = read(
        tmp_path, json.dumps([entry("a.c"), entry("a.c", arguments=["cc", "-DY", "a.c"])])
    )
    groups = [loaded.entries.group(n).tokens for n in loaded.entries.groups_of("/p/a.c")]
    assert groups == [("cc", "-DX"), ("cc", "-DY")]
    assert loaded.entries.paths() == ("/p/a.c",)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (42, 'entry 2 needs "file" and "directory" as texts'),
        (None, 'entry 2 needs "file" and "directory" as texts'),
        ([], 'entry 2 needs "file" and "directory" as texts'),
        ({"file": 1, "directory": "/"}, 'entry 2 needs "file" and "directory" as texts'),
        (entry("b.c", arguments=[1]), 'entry 2 needs "arguments" (texts) or a "command" (a text)'),
        ({"directory": "/p", "file": "b.c"}, 'entry 2 needs "arguments" (texts) or a "command"'),
        (entry("b\0.c"), "entry 2 names a path that no file system can hold"),
        (entry("b\ud800.c"), "entry 2 names a path that no file system can hold"),
    ],
)
def test_a_bad_entry_is_a_problem_and_the_good_ones_count(
    tmp_path: Path, bad: Any, message: str
) -> None:
    loaded, problems = read(tmp_path, json.dumps([entry("a.c"), bad, entry("c.c")]))
    assert loaded.entries.paths() == ("/p/a.c", "/p/c.c")
    assert len(problems) == 1
    assert problems[0].startswith(message)
    assert loaded.intact


def test_an_entry_without_a_directory_gets_the_database_folder_and_says_so(
    tmp_path: Path,
) -> None:
    loaded, problems = read(tmp_path, json.dumps([{"file": "a.c", "command": "cc a.c"}]))
    assert loaded.entries.paths() == (os.path.realpath(tmp_path / "a.c"),)
    assert 'no "directory"' in problems[0]


def test_bad_syntax_inside_one_entry_costs_that_entry_only(tmp_path: Path) -> None:
    text = json.dumps([entry("a.c"), entry("b.c"), entry("c.c")]).replace('"b.c"]', '"b.c" oops]')
    loaded, problems = read(tmp_path, text)
    assert loaded.entries.paths() == ("/p/a.c", "/p/c.c")
    assert problems == ["holds a damaged entry: Expecting ',' delimiter"]


@pytest.mark.parametrize("text", ["", "{}", "not json", b"\x00\xff\xfe\x80" * 99, "<html>"])
def test_what_is_no_array_is_one_problem(tmp_path: Path, text: str | bytes) -> None:
    loaded, problems = read(tmp_path, text)
    assert problems == ["is not a JSON array"]
    assert len(loaded.entries) == 0
    assert not loaded.intact


def test_a_truncated_database_keeps_what_came_before(tmp_path: Path) -> None:
    text = json.dumps([entry(f"{n}.c") for n in range(9)])
    loaded, problems = read(tmp_path, text[:-40])
    assert len(loaded.entries) == 8
    assert problems == ["ends in the middle of an entry"]
    assert not loaded.intact


def test_nesting_without_end_is_no_crash(tmp_path: Path) -> None:
    loaded, problems = read(tmp_path, "[" * 200_000)
    assert len(loaded.entries) == 0
    assert problems


def test_an_unreadable_database_names_the_reason(tmp_path: Path) -> None:
    problems = Problems()
    (tmp_path / "compile_commands.json").mkdir()
    load(str(tmp_path / "compile_commands.json"), problems)
    assert problems.list()[0].message == "cannot be read: Is a directory"


def test_names_that_are_not_utf8_survive(tmp_path: Path) -> None:
    loaded, problems = read(
        tmp_path, b'[{"directory":"/p","file":"\xff\xfe.c","command":"cc -DN=\xff -c \xff\xfe.c"}]'
    )
    assert not problems
    assert [os.fsencode(path) for path in loaded.entries.paths()] == [b"/p/\xff\xfe.c"]
    assert os.fsencode(loaded.entries.group(0).tokens[1]) == b"-DN=\xff"


def test_an_entry_longer_than_the_window_is_read_whole(tmp_path: Path) -> None:
    long = entry("a.c", arguments=["cc", "-DLONG=" + "x" * (3 * WINDOW), "a.c"])
    loaded, problems = read(tmp_path, json.dumps([long, entry("b.c")]))
    assert not problems
    assert loaded.entries.paths() == ("/p/a.c", "/p/b.c")


def test_many_problems_of_a_kind_are_counted_not_listed(tmp_path: Path) -> None:
    _, problems = read(tmp_path, json.dumps([1] * 1000))
    assert len(problems) == 11
    assert problems[-1].startswith("990 more such problems")


def test_a_big_database_takes_no_more_memory_than_its_paths(tmp_path: Path) -> None:
    # 3,000 files with 10 KB of the same flags each: 30 MB of text.
    flags = [f"-DOPTION_{n}=some_quite_long_value_of_a_macro" for n in range(200)]
    file = tmp_path / "compile_commands.json"
    with file.open("w") as out:
        for number in range(3000):
            name = f"/project/src/module/file_{number}.cpp"
            arguments = ["c++", *flags, "-o", f"{number}.o", "-c", name]
            item = {"directory": "/project", "file": name, "arguments": arguments}
            out.write(("," if number else "[") + json.dumps(item))
        out.write("]")
    tracemalloc.start()
    loaded = load(str(file), Problems())
    kept, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(loaded.entries) == 3000
    assert loaded.entries.group_count() == 1
    assert kept < 2 << 20
    assert peak < 8 << 20
