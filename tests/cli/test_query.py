"""``cppls query``: questions answered from the index on disk."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cppls.cli.output import Exit
from tests.cli.conftest import Run

ROOT = Path(__file__).resolve().parents[2]


def test_a_definition_by_name(project: Path, run: Run) -> None:
    outcome = run("query", "definition", "twice")
    assert outcome.code == Exit.OK
    assert outcome.out == "lib.cpp:2:5: function twice(int v) -> int\n"


def test_positions_count_from_one_as_compilers_print_them(project: Path, run: Run) -> None:
    """Line 3, column 21 is the first letter of the call in ``four``."""
    for column in (21, 25, 26):
        assert run("query", "definition", f"lib.cpp:3:{column}").out.startswith("lib.cpp:2:5:")
    assert run("query", "definition", "lib.cpp:3:20").code == Exit.FAILED


def test_references_quote_the_source_and_say_what_each_does(project: Path, run: Run) -> None:
    assert run("query", "references", "twice").out.splitlines() == [
        "lib.cpp:2:5: int twice(int v) { return 2 * v; }  [definition]",
        "lib.cpp:3:21: int four() { return twice(2); }  [call in four]",
        "lib.h:1:5: int twice(int v);  [declaration]",
    ]


def test_references_as_json_have_one_based_places(project: Path, run: Run) -> None:
    answer = run("query", "references", "twice", "--json").json
    assert answer["question"] == "references"
    assert answer["symbols"] == ["twice"]
    assert answer["results"][1] == {
        "path": str(project / "lib.cpp"),
        "line": 3,
        "column": 21,
        "end_line": 3,
        "end_column": 26,
        "roles": ["call"],
        "container": "four",
    }


def test_references_of_an_overriding_method_include_calls_of_its_base(
    project: Path, run: Run
) -> None:
    lines = run("query", "references", "Circle::area").out
    assert "lib.cpp:5:33: " in lines
    assert "[call in ask]" in lines


def test_the_limit_bounds_the_answers(project: Path, run: Run) -> None:
    assert len(run("query", "references", "twice", "--limit", "2").out.splitlines()) == 2


def test_callers_and_callees(project: Path, run: Run) -> None:
    assert run("query", "callers", "twice").out == (
        "lib.cpp:3:21: int four() { return twice(2); }  [four]\n"
    )
    assert run("query", "callees", "four", "--json").json["results"][0]["name"] == "twice"


def test_symbols_are_searched_and_qualified_names_narrow(project: Path, run: Run) -> None:
    results = run("query", "symbols", "area", "--json").json["results"]
    assert {(each["scope"], each["kind"]) for each in results} == {
        ("Shape", "method"),
        ("Circle", "method"),
    }
    (only,) = run("query", "definition", "Circle::area", "--json").json["results"]
    assert only["line"] == 4


def test_a_declaration_without_definition_says_so(project: Path, run: Run) -> None:
    assert run("query", "definition", "Shape::area").out.endswith("[declaration]\n")


def test_a_file_tells_what_it_declares_and_who_includes_it(project: Path, run: Run) -> None:
    (answer,) = run("query", "file", "lib.h", "--json").json["results"]
    assert [each["name"] for each in answer["symbols"]] == ["twice", "Shape"]
    assert [each["name"] for each in answer["symbols"][1]["children"]] == ["area"]
    assert [each["path"] for each in answer["included_by"]] == [str(project / "lib.cpp")]
    text = run("query", "file", "lib.cpp").out
    assert "includes lib.h" in text
    assert "function four" in text


def test_the_index_is_found_from_a_folder_below_the_root(
    project: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    below = project / "src" / "deep"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    assert run("query", "definition", "twice").out.startswith(f"{project}/lib.cpp:2:5:")
    # A file named relative to the root is found there when it is not here.
    assert run("query", "definition", "lib.cpp:3:21").code == Exit.OK


def test_a_name_that_is_not_there_fails_and_proposes_a_search(project: Path, run: Run) -> None:
    outcome = run("query", "definition", "thrice")
    assert outcome.code == Exit.FAILED
    assert outcome.out == ""
    assert "no symbol is called thrice" in outcome.err
    assert "cppls query symbols thrice" in outcome.err


def test_errors_are_json_too(project: Path, run: Run) -> None:
    outcome = run("query", "definition", "thrice", "--json")
    assert outcome.code == Exit.FAILED
    assert set(outcome.json) == {"error", "hint"}


@pytest.mark.parametrize("what", ["lib.cpp:0:1", "lib.cpp:1:0"])
def test_line_and_column_zero_are_usage_errors(project: Path, run: Run, what: str) -> None:
    assert run("query", "definition", what).code == Exit.USAGE


def test_without_an_index_it_says_how_to_make_one(tmp_path: Path, run: Run) -> None:
    outcome = run("query", "definition", "f", "--root", str(tmp_path))
    assert outcome.code == Exit.UNAVAILABLE
    assert f"cppls index {tmp_path.resolve()}" in outcome.err


def test_a_damaged_index_is_no_traceback(project: Path, run: Run) -> None:
    from cppls.index.store import project_folder_path

    database = Path(project_folder_path("", str(project))) / "index.db"
    database.write_bytes(b"rubbish" * 1000)
    outcome = run("query", "definition", "twice")
    assert outcome.code == Exit.UNAVAILABLE
    assert str(database) in outcome.err


def test_a_reader_that_stops_early_is_no_error(project: Path) -> None:
    """``cppls query ... | head -0``: the pipe is closed before anything is written."""
    command = [sys.executable, "-m", "cppls", "query", "references", "twice", "--root", "."]
    shell = f"PYTHONPATH={ROOT} {' '.join(command)} | true; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, check=False)
    assert done.returncode == Exit.OK, done.stderr
    assert done.stderr == ""


def test_a_query_loads_neither_a_server_nor_libclang(project: Path) -> None:
    program = (
        "import sys; from cppls.__main__ import main; main(['query', 'definition', 'twice']); "
        "print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(done.stdout.split())
    assert "cppls.index.reader" in loaded
    assert loaded.isdisjoint({"asyncio", "pygls", "lsprotocol", "psutil", "watchfiles", "clang"})
