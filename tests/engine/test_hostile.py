"""Hostile sources, real workers, a small budget: who is set aside, and that all others are not."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

from benchmarks.hostile import HOSTILE, NORMAL, Sizes, generate
from cppls.core.budget import SMALLEST, show_size
from cppls.core.model import FileInfo, FileStatus
from cppls.engine.refresh import compare_units
from cppls.index.store import Index, project_folder

SIZES = Sizes(
    macro_elements=1_000_000,
    constexpr_objects=12_000_000,
    template_rows=250,
    brackets=100_000,
    large_bytes=12_000_000,
)
"""Each but the brackets takes more than the smallest budget leaves; the brackets kill."""


def index(root: Path, cache: Path, memory: str) -> tuple[dict[str, Any], dict[str, FileInfo]]:
    """The summary of a process of its own, and the files of the project by name."""
    command = [sys.executable, "-m", "cppls", "index", str(root), "--json", "--jobs=2"]
    options = ["--memory", memory, "--cache-dir", str(cache)]
    run = subprocess.run([*command, *options], capture_output=True, text=True, timeout=300)
    store = Index(project_folder(str(cache), str(root)), str(root))
    with closing(store.reader()) as reader:
        files = {Path(info.path).name: info for info in reader.all_files()}
    return json.loads(run.stdout), {n: info for n, info in files.items() if (root / n).exists()}


def test_what_does_not_fit_is_quarantined_and_everything_else_is_indexed(tmp_path: Path) -> None:
    root = tmp_path / "project"
    generate(root, SIZES)
    summary, files = index(root, tmp_path / "cache", show_size(SMALLEST))
    assert summary["problem"] == ""
    assert summary["over_budget_samples"] == 0
    assert summary["peak_memory_bytes"] < SMALLEST
    statuses = {name: files[name].status for name in HOSTILE}
    assert statuses == {
        "macro.cpp": FileStatus.QUARANTINED,
        "constexpr.cpp": FileStatus.QUARANTINED,
        "templates.cpp": FileStatus.QUARANTINED,
        "brackets.cpp": FileStatus.CRASHED,
        "large.cpp": FileStatus.QUARANTINED,
    }
    assert summary["quarantined"] == 4
    normal = [files[f"normal_{number}.cpp"].status for number in range(NORMAL)]
    assert normal == [FileStatus.INDEXED] * NORMAL
    # What it cost is known, the user is told, and it is left alone.
    macro = files["macro.cpp"]
    assert macro.peak_rss > 60 << 20
    assert "MB were not enough" in macro.message
    again, _ = index(root, tmp_path / "cache", show_size(SMALLEST))
    assert again["indexed_now"] == 0
    # Only with much more room one is worth another attempt.
    store = Index(project_folder(str(tmp_path / "cache"), str(root)), str(root))
    with closing(store.reader()) as reader:
        flags = {macro.path: macro.flags_hash}
        (problem,) = reader.problems(macro.path)
        assert "more memory than the budget leaves" in problem.message
        assert compare_units(reader, flags, room=macro.peak_rss).rest == []
        assert compare_units(reader, flags, room=2 * macro.peak_rss).rest == [macro.path]


def test_the_index_of_a_small_budget_equals_that_of_a_large_one(tmp_path: Path) -> None:
    root = tmp_path / "project"
    root.mkdir()
    names = [f"part_{number}.cpp" for number in range(6)]
    (root / "all.h").write_text("#include <string>\n#include <map>\n" + "struct S { int m; };\n")
    for name in names:
        stem = name.removesuffix(".cpp")
        (root / name).write_text(
            f'#include "all.h"\nint {stem}(S& s) {{ std::map<std::string, int> m; return s.m; }}\n'
        )
    entries = [
        {"directory": str(root), "file": name, "arguments": ["c++", "-std=c++17", "-c", name]}
        for name in names
    ]
    (root / "compile_commands.json").write_text(json.dumps(entries))
    found: list[tuple[int, ...]] = []
    for memory in (show_size(SMALLEST), "4G"):
        summary, _ = index(root, tmp_path / memory, memory)
        assert (summary["failed"], summary["over_budget_samples"]) == (0, 0)
        found.append((summary["files"], summary["symbols"], summary["references"]))
    assert found[0] == found[1]
