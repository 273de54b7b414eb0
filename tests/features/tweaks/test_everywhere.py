"""Whatever is selected, tweaks say no, or give text that parses as the text before did."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.features.tweaks.everywhere import project_world, survey
from tests.world import World

LEVELDB = Path(__file__).parents[3] / "benchmarks" / "projects" / "leveldb"
TWEAKS = {
    "add_using",
    "define_inline",
    "define_outline",
    "expand_auto",
    "expand_macro",
    "extract_function",
    "extract_variable",
    "implement_virtuals",
    "missing_definition",
    "populate_switch",
    "raw_string",
    "swap_if",
}

PROJECT = """
//- shapes.h
#pragma once
namespace shapes {
enum class Kind { ROUND, SQUARE };
struct Point { int x, y; };
class Shape {
 public:
  explicit Shape(Kind kind) : kind_(kind) { count_ += 1; }
  virtual ~Shape() {}
  virtual int area(const Point &scale) const = 0;
  Kind kind() const { return kind_; }
  Shape &moved(int by = 1);
  static int count() { return count_; }
 private:
  Kind kind_;
  static int count_;
};
}
//- shapes.cpp
#include "shapes.h"
#define TWICE(x) ((x) * 2)
namespace shapes {
int Shape::count_ = 0;
class Square : public Shape {
 public:
  Square(int side) : Shape(Kind::SQUARE), side_(side) {}
 private:
  int side_;
};
static int sum(const int *values, int count);
static int sum(const int *values, int count) {
  int result = 0;
  for (int i = 0; i < count; i++) {
    if (values[i] < 0) continue;
    auto doubled = TWICE(values[i]);
    result += doubled;
  }
  return result;
}
const char *name(Kind kind) {
  switch (kind) {
    case Kind::ROUND:
      return "\\"round\\"";
    default:
      break;
  }
  if (kind == Kind::SQUARE) {
    return "square";
  } else {
    return "?";
  }
}
}
$0
int main() {
  shapes::Point p{1, 2};
  int values[] = {p.x, p.y};
  const int all = shapes::Shape::count();
  p.x = all + values[0];
  return p.x;
}
"""


async def test_every_place_of_a_project(tmp_path: Path) -> None:
    made: set[str] = set()
    with World.of(tmp_path, PROJECT) as world:
        world.open(world.path("shapes.h"))
        for name in ("shapes.h", "shapes.cpp"):
            found = await survey(world, world.path(name))
            assert found.problems == []
            made |= set(found.made)
    assert made == TWEAKS


@pytest.mark.skipif(not LEVELDB.exists(), reason="benchmarks/projects/leveldb is not there")
async def test_some_places_of_a_real_file(tmp_path: Path) -> None:
    world = project_world(LEVELDB, ["util/coding.cc", "util/arena.h"], tmp_path)
    with world:
        for file in world.fixture.files:
            found = await survey(world, file.path, step=61)
            assert found.made
            assert found.problems == []
