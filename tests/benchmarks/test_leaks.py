"""When the leak benchmark says that memory climbs."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks.leaks import Round, change, climbs, copy_of
from benchmarks.projects import Project
from benchmarks.tree import Footprint, Sampler, footprints

MIB = 1 << 20
KIB = 1 << 10


def rounds(growth: int, noise: int, seed: int = 1) -> list[Round]:
    """Fifty, of a server that grows by ``growth`` bytes each, and a worker that is not always
    there."""
    chance = random.Random(seed)
    worker = {"worker": [Footprint(50 * MIB, 20 * MIB)]}
    found: list[Round] = []
    for number in range(50):
        held = 30 * MIB + number * growth + chance.randint(0, noise)
        found.append(
            Round({"server": [Footprint(60 * MIB, held)], **(worker if number % 2 else {})})
        )
    return found


def verdicts(found: list[Round]) -> dict[str, bool]:
    return {each.role: each.is_real for each in climbs(found)}


def test_a_leak_is_seen_through_noise_larger_than_a_round_leaves() -> None:
    assert verdicts(rounds(100 * KIB, 300 * KIB))["server"]


def test_noise_alone_is_no_leak_nor_is_a_little_that_never_adds_up() -> None:
    assert not any(verdicts(rounds(0, 60 * MIB, seed))["server"] for seed in range(20))
    assert not verdicts(rounds(1 * KIB, 0))["server"]


def test_a_role_that_comes_and_goes_does_not_climb() -> None:
    assert not verdicts(rounds(0, 0))["worker"]


def test_a_change_is_always_as_long_as_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "a.cpp"
    path.write_bytes(b"int a;\n")
    texts: list[bytes] = []
    for _ in range(3):
        change(path)
        texts.append(path.read_bytes())
    assert len(set(texts)) == 3
    assert {len(text) for text in texts} == {len(texts[0])}
    assert all(text.startswith(b"int a;\n") for text in texts)


def test_the_copy_of_a_project_names_its_own_files(tmp_path: Path) -> None:
    root = tmp_path / "project"
    (root / "build").mkdir(parents=True)
    (root / "a.cpp").write_text("int a;\n")
    entry = {"directory": str(root / "build"), "file": "../a.cpp", "command": f"c++ -I{root} a"}
    (root / "build" / "compile_commands.json").write_text(json.dumps([entry]))
    copy = copy_of(Project("project", root, root / "build"), tmp_path / "copies")
    assert copy.translation_units() == [tmp_path / "copies" / "project" / "a.cpp"]
    assert str(root) not in (copy.database / "compile_commands.json").read_text()


@pytest.fixture(name="family")
def _family() -> subprocess.Popen[bytes]:
    """A process with a child; both wait until their input ends."""
    code = "import subprocess, sys; c = subprocess.Popen([sys.executable, '-c', 'input()']);"
    code += "print(flush=True); c.wait()"
    return subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )


def test_a_tree_is_measured_with_its_children(family: subprocess.Popen[bytes]) -> None:
    assert family.stdout is not None
    family.stdout.readline()
    with Sampler(family.pid, period=0.001) as sampler:
        found = footprints(family.pid)
        while len(sampler.samples) < 10:
            time.sleep(0.001)
    assert set(found) == {"server", "other"}
    assert all(set(sample.memory) == {"server", "other"} for sample in sampler.samples)
    assert all(0 < each.anonymous <= each.rss for role in found.values() for each in role)
    family.communicate()
    assert footprints(family.pid) == {}
