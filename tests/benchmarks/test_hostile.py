"""The hostile project: complete, legal where it should be, and as large as asked."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from benchmarks.hostile import HOSTILE, NORMAL, Sizes, generate

SMALL = Sizes(
    macro_elements=500, constexpr_objects=50, template_rows=12, brackets=40, large_bytes=20_000
)


@pytest.fixture(name="sources")
def _sources(tmp_path: Path) -> dict[str, Path]:
    return {path.name: path for path in generate(tmp_path / "with space", SMALL)}


def test_the_compile_database_names_every_file(sources: dict[str, Path]) -> None:
    folder = sources["macro.cpp"].parent
    entries = json.loads((folder / "compile_commands.json").read_bytes())
    assert [entry["file"] for entry in entries] == list(sources)
    assert len(sources) == len(HOSTILE) + NORMAL


def test_sizes_are_those_asked_for(sources: dict[str, Path]) -> None:
    assert 19_900 <= sources["large.cpp"].stat().st_size <= 20_000
    assert sources["brackets.cpp"].read_text().count("(") == 40
    scaled = Sizes().scaled(0.01)
    assert (scaled.large_bytes, scaled.template_rows) == (2_000_000, 70)


@pytest.mark.parametrize(
    "name", ["macro.cpp", "constexpr.cpp", "templates.cpp", "large.cpp", "normal_0.cpp"]
)
def test_what_is_hostile_by_size_alone_compiles_when_it_is_small(
    sources: dict[str, Path], name: str
) -> None:
    entries = json.loads((sources[name].parent / "compile_commands.json").read_bytes())
    (entry,) = (entry for entry in entries if entry["file"] == name)
    command = [*entry["arguments"], "-fsyntax-only"]
    done = subprocess.run(command, cwd=entry["directory"], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()


def test_the_macros_expand_to_as_many_elements_as_asked(sources: dict[str, Path]) -> None:
    done = subprocess.run(
        ["c++", "-E", "-P", str(sources["macro.cpp"])], capture_output=True, check=True
    )
    assert done.stdout.count(b"1,") == 1000
