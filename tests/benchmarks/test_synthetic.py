"""The generator of synthetic projects: whole, repeatable, and alike in every size."""

from __future__ import annotations

import json
import re
import shlex
from collections import Counter
from pathlib import Path

from benchmarks.synthetic import Module, generate, plan

Key = tuple[int, int]


def test_the_same_arguments_give_the_same_project(tmp_path: Path) -> None:
    assert plan(500, seed=3) == plan(500, seed=3) != plan(500, seed=4)
    contents: list[dict[str, bytes]] = []
    for name in ("one", "two"):
        generate(tmp_path / name, 30)
        files = [path for path in (tmp_path / name).rglob("*.[ch]*") if path.suffix != ".json"]
        contents.append(
            {str(path.relative_to(tmp_path / name)): path.read_bytes() for path in files}
        )
    assert contents[0] == contents[1]
    assert len(contents[0]) == 2 * 30


def test_each_include_is_found_in_the_units_own_include_folders(tmp_path: Path) -> None:
    generate(tmp_path, 120)
    entries = json.loads((tmp_path / "build" / "compile_commands.json").read_bytes())
    assert len(entries) == 120
    for entry in entries:
        tokens = shlex.split(entry["command"])
        folders = [Path(token[2:]) for token in tokens if token.startswith("-I")]
        seen: set[Path] = set()
        waiting = [Path(entry["file"])]
        while waiting:
            for name in re.findall('#include "(.*)"', waiting.pop().read_text()):
                found = next(folder / name for folder in folders if (folder / name).is_file())
                if found not in seen:
                    seen.add(found)
                    waiting.append(found)


def test_a_few_headers_are_included_nearly_everywhere_and_most_by_a_few() -> None:
    units = 2000
    counts = Counter(each for closure in closures(plan(units)) for each in closure)
    ordered = [count for _, count in counts.most_common()]
    assert ordered[0] > units / 2
    assert ordered[len(ordered) // 2] < units / 100


def test_a_unit_of_a_big_project_includes_as_much_as_one_of_a_small_one() -> None:
    small, big = ([len(each) for each in closures(plan(units))] for units in (200, 5000))
    mean_small, mean_big = sum(small) / len(small), sum(big) / len(big)
    assert mean_small > 4
    assert abs(mean_big - mean_small) < 0.5 * mean_small


def test_there_are_as_many_units_as_asked_for_however_few() -> None:
    for units in (1, 2, 7, 299, 301):
        assert sum(len(module.parts) for module in plan(units)) == units


def closures(modules: list[Module]) -> list[set[Key]]:
    """The headers that each unit includes, directly or not."""
    parts = {(part.module, part.number): part for module in modules for part in module.parts}

    def reach(key: Key, seen: set[Key]) -> None:
        if key not in seen:
            seen.add(key)
            for other in parts[key].includes:
                reach(other, seen)

    found: list[set[Key]] = []
    for key, part in parts.items():
        seen: set[Key] = set()
        for start in (key, *part.uses):
            reach(start, seen)
        found.append(seen)
    return found
