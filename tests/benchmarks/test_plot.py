"""The picture shows what was recorded: nothing lost, nothing outside."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import msgspec

from benchmarks.plot import picture
from benchmarks.recording import Phase, Recording, Session, figures
from benchmarks.tree import Sample

MIB = 1 << 20
SVG = "{http://www.w3.org/2000/svg}"


def recording(server: str, sizes: list[int], period: float = 0.05) -> Recording:
    """A server that holds 30 MB and a worker that holds ``sizes`` (MB)."""
    samples = [
        Sample(number * period, {"server": 30 * MIB, "worker": size * MIB})
        for number, size in enumerate(sizes)
    ]
    end = samples[-1].seconds
    phases = [Phase("index", 0, end / 2), Phase("edit", end / 2, end * 0.8)]
    phases.append(Phase("idle", end * 0.8, end))
    return Recording(server, samples, phases, [], [], 1.0)


def session(*recordings: Recording, budget: int | None = 100 * MIB) -> Session:
    """A session on a project whose name needs escaping."""
    return Session("a<b&c", 40, budget, 1, 2, list(recordings))


def drawn_points(svg: str, *, filled: bool = False) -> list[tuple[float, float]]:
    return [
        (float(x), float(y))
        for path in ET.fromstring(svg).iter(f"{SVG}path")
        if not filled or path.attrib["fill"] != "none"
        for x, y in re.findall(r"([\d.-]+) ([\d.-]+)", path.attrib["d"])
    ]


def words(svg: str) -> list[str]:
    return [each.text or "" for each in ET.fromstring(svg).iter(f"{SVG}text")]


def test_a_spike_of_one_sample_among_thousands_is_drawn() -> None:
    svg = picture(session(recording("cppls", [20] * 9_999 + [900] + [20] * 10_000)))
    assert "peak 930 MB" in words(svg)
    (mark,) = ET.fromstring(svg).iter(f"{SVG}circle")
    assert min(y for _, y in drawn_points(svg, filled=True)) == float(mark.attrib["cy"])


def test_thousands_of_samples_stay_a_small_file() -> None:
    sizes = [20 + 60 * (number % 7) for number in range(40_000)]
    assert len(picture(session(recording("cppls", sizes)))) < 250_000


def test_everything_is_inside_the_picture() -> None:
    ours = recording("cppls", [10, 50, 20, 60, 10] * 400)
    theirs = recording("clangd", [10 + number // 4 for number in range(3000)])
    svg = picture(session(ours, theirs))
    root = ET.fromstring(svg)
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    points = drawn_points(svg)
    assert all(0 <= x <= width and 0 <= y <= height for x, y in points)


def test_the_budget_the_peak_and_the_rest_are_named() -> None:
    svg = picture(session(recording("cppls", [10, 50, 20, 60, 10] * 40)))
    assert {"budget 100 MB", "peak 90 MB"} <= set(words(svg))
    assert "budget 100 MB" not in words(picture(session(recording("cppls", [9] * 9), budget=None)))
    assert any("a<b&c" in word for word in words(svg))


def test_a_long_index_is_shown_larger_in_part() -> None:
    short = picture(session(recording("cppls", [10, 50] * 200)))
    long = picture(session(recording("cppls", [10, 50] * 2000)))
    heights = [float(ET.fromstring(svg).attrib["height"]) for svg in (short, long)]
    assert heights[0] < heights[1]


def test_a_run_that_ended_at_once_gives_a_picture_too() -> None:
    ended = Recording("cppls", [], [Phase("index", 0, 0.1)], [], [], 0.0, problem="ended with 2")
    assert ET.fromstring(picture(session(ended))).tag == f"{SVG}svg"


def test_a_session_survives_its_file_and_gives_the_same_figures() -> None:
    before = session(recording("cppls", [10, 50, 20, 95, 10] * 40))
    after = msgspec.json.decode(msgspec.json.encode(before), type=Session)
    assert after == before
    known = figures(after.recordings[0], after.budget)
    assert known.overshoot is not None
    assert (known.overshoot.above, known.overshoot.largest) == (40, 25 * MIB)
    assert known.peak == 125 * MIB
