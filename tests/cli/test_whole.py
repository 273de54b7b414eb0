"""The real commands as processes: index, ask, be interrupted, go on, serve."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from cppls.clang.library import LibraryError, native_library_path
from cppls.cli.output import Exit
from cppls.index.errors import IndexUnavailable
from cppls.index.store import Index, project_folder_path

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "benchmarks" / "sample"
PATIENCE = 60.0
"""Seconds until a process counts as hanging."""
FILES = 24
"""Of the long project: more than what one transaction takes."""


@pytest.fixture(autouse=True)
def native_library() -> None:
    try:
        native_library_path()
    except LibraryError as error:
        pytest.skip(str(error))


def start(*arguments: str, folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "cppls", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def cppls(*arguments: str, folder: Path) -> tuple[int, Any]:
    """Exit code and JSON of a command."""
    process = start(*arguments, "--json", folder=folder)
    out, err = process.communicate(timeout=PATIENCE)
    assert err == ""
    return process.returncode, json.loads(out)


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    """The sample project, in a folder of the test's own."""
    return Path(shutil.copytree(SAMPLE, tmp_path.resolve() / "sample"))


@pytest.fixture
def long_project(tmp_path: Path) -> Path:
    """A project that takes a while: many files of templates."""
    root = tmp_path.resolve() / "long"
    root.mkdir()
    for number in range(FILES):
        text = f"#include <map>\n#include <string>\nstd::map<std::string, int> m{number};\n"
        (root / f"f{number}.cpp").write_text(text)
    (root / "compile_flags.txt").write_text("-std=c++17\n")
    return root


def test_the_sample_is_indexed_and_answers(sample: Path) -> None:
    code, summary = cppls("index", folder=sample)
    assert code == Exit.OK
    assert summary["root"] == str(sample)
    assert (summary["translation_units"], summary["failed"]) == (6, 0)
    assert summary["peak_memory_bytes"] > 10 << 20
    assert summary["cpu_seconds"] > 0
    _, answer = cppls("query", "definition", "follow_back", folder=sample)
    assert [Path(each["path"]).name for each in answer["results"]] == ["route.cpp"]
    _, answer = cppls("query", "callers", "planner::follow_back", folder=sample)
    assert {each["name"] for each in answer["results"]} == {
        "planner::ShortestFinder::find",
        "planner::FewestStopsFinder::find",
    }
    code, again = cppls("index", folder=sample)
    assert (code, again["indexed_now"], again["translation_units"]) == (Exit.OK, 0, 6)


def test_the_index_is_the_same_in_any_order_and_with_any_number_of_workers(
    sample: Path, tmp_path: Path
) -> None:
    # Headers of the project alone: what system headers hold depends on who includes them first.
    for source in (sample / "src").iterdir():
        source.write_text(re.sub("#include <[^/]*>", "", source.read_text()))
    found: list[Any] = []
    orders = ["--jobs=1"], ["--jobs=2"], ["--jobs=1", "--index-first=src/shortest.cpp"]
    for number, options in enumerate(orders):
        cache = f"--cache-dir={tmp_path / str(number)}"
        _, summary = cppls("index", "--digest", cache, *options, folder=sample)
        assert summary["indexed_now"] == 6
        found.append(summary["digest"])
    assert found == found[:1] * 3
    assert found[0]["tables"]["references"]["count"] > 50


def test_doctor_parses_a_file_and_names_its_errors(sample: Path) -> None:
    main = sample / "src" / "main.cpp"
    code, answer = cppls("doctor", str(main), folder=sample)
    assert code == Exit.OK
    assert answer["errors"] == []
    main.write_text('#include "not_there.h"\n')
    _, answer = cppls("doctor", str(main), folder=sample)
    (error,) = answer["errors"]
    assert (error["line"], error["message"]) == (1, "'not_there.h' file not found")


def test_an_interrupted_index_keeps_what_it_has_and_goes_on(long_project: Path) -> None:
    process = start("index", "--jobs", "1", folder=long_project)
    deadline = time.monotonic() + PATIENCE
    while committed(long_project) == 0:
        assert time.monotonic() < deadline
        assert process.poll() is None, "it was through before it could be interrupted"
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == Exit.INTERRUPTED
    assert (out, err) == ("", "cppls: interrupted\n")
    kept = committed(long_project)
    assert 0 < kept < FILES
    code, summary = cppls("index", folder=long_project)
    assert (code, summary["translation_units"]) == (Exit.OK, FILES)
    assert summary["indexed_now"] == FILES - kept


def committed(root: Path) -> int:
    """Translation units that the index on disk holds."""
    reader = Index.open(project_folder_path("", str(root)), str(root), write=False).reader()
    with closing(reader):
        try:
            return reader.counts().translation_units
        except IndexUnavailable:  # the other process has not come that far
            return 0


@pytest.mark.parametrize("arguments", [[], ["serve"], ["--stdio"]])
def test_a_server_whose_client_goes_away_ends_with_one(
    arguments: list[str], tmp_path: Path
) -> None:
    process = start(*arguments, folder=tmp_path)
    out, _ = process.communicate("", timeout=PATIENCE)
    assert (process.returncode, out) == (1, "")


def test_a_port_that_is_taken_is_a_clear_error(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = start("serve", "--tcp", f":{port}", folder=tmp_path)
        _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port}" in err
    assert "Traceback" not in err


@pytest.mark.parametrize("command", ["serve", "index"])
def test_a_bad_budget_of_the_environment_is_refused_at_the_start(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CPPLS_MEMORY", "100M")
    process = start(command, folder=tmp_path)
    out, err = process.communicate("", timeout=PATIENCE)
    assert (process.returncode, out) == (Exit.USAGE, "")
    assert err.startswith("cppls: CPPLS_MEMORY: a memory budget of 100M is too small: 192M is the")
    process = start("serve", "--memory", "256M", folder=tmp_path)
    process.communicate("", timeout=PATIENCE)
    assert process.returncode == 1  # The option counts, and its client went away.
