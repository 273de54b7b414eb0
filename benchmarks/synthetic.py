"""Generates C++ projects of any size, to see what grows with the number of translation units.

    python -m benchmarks.synthetic FOLDER --units 20000 [--seed 1] [--std]
    python -m benchmarks.synthetic FOLDER --units 2000 --run [--jobs 2]

A project is made of modules in layers. A module depends on a few modules of lower layers, chosen
by a power law: a handful of headers is included nearly everywhere, most by a few files. Each unit
has a guarded header with a class, templates, macros and inline functions; it derives from, calls
and expands what it includes. However many units there are, each includes about as much: cost per
unit should not depend on their number. The same arguments give the same project, byte for byte.

``--run`` indexes it without an editor, twice: from nothing, then with nothing to do.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks import scale

LAYERS: Final = 6
"""A module depends on lower layers only, so no chain of includes is longer than a few of these."""
MODULE_UNITS: Final = 50
_DEPENDENCIES: Final = 4
_POWER: Final = 1.2
"""Exponent of the power law by which modules and headers are chosen."""
METHODS: Final = 5
"""Of a class besides its base's; each gives a unit some 13 references."""
_STANDARD: Final = ("cstdint", "string", "vector", "memory", "algorithm", "map")
_WARNINGS: Final = (
    "-Wall -Wextra -Wno-unused-parameter -Wno-missing-field-initializers -Wimplicit-fallthrough "
    "-Wnon-virtual-dtor -Wdelete-non-virtual-dtor -fdiagnostics-color -ffunction-sections "
    "-fdata-sections -fvisibility=hidden -fno-strict-aliasing -fPIC -pthread"
)
_DEFINES: Final = (
    "NDEBUG _GNU_SOURCE __STDC_FORMAT_MACROS __STDC_LIMIT_MACROS HAVE_CONFIG_H=1 HAVE_UNISTD_H=1 "
    "HAVE_PTHREAD=1 ENABLE_LOGGING=0 ENABLE_TRACING=0 BUILD_SHARED=1 USE_SYSTEM_ALLOCATOR=1"
)

_LIBRARIES: Final = (
    "abseil boringssl brotli cares eigen expat flatbuffers freetype glog gtest harfbuzz icu "
    "libevent libjpeg_turbo libpng libxml2 lz4 protobuf re2 snappy sqlite zlib"
)
"""Whose include folders every command names, whether anything is there or not."""


@dataclass(frozen=True)
class Part:
    """A unit and its header: class ``Part_<number>`` in its module's namespace."""

    module: int
    number: int
    includes: tuple[tuple[int, int], ...]
    """Headers that its own header includes: (module, number); the first one holds its base."""
    uses: tuple[tuple[int, int], ...]
    """Headers that only the unit itself includes."""


@dataclass(frozen=True)
class Module:
    """A folder, a target of the build, a set of flags."""

    number: int
    parts: tuple[Part, ...]
    needs: tuple[int, ...]
    """The modules that it depends on, directly or not: its include folders."""


def plan(units: int, seed: int = 1) -> list[Module]:
    """Who includes whom, for ``units`` (at least 1) units."""
    chance = random.Random(seed)
    count = min(max(LAYERS, units // MODULE_UNITS), units)
    sizes = [units // count + (number < units % count) for number in range(count)]
    layers = [list(range(layer, count, LAYERS)) for layer in range(LAYERS)]
    needs: dict[int, tuple[int, ...]] = {}
    modules: list[Module] = []
    # Layer by layer, so that what a module depends on is there before it.
    for number in sorted(range(count), key=lambda number: (number % LAYERS, number)):
        below = [each for layer in layers[: number % LAYERS] for each in layer]
        wanted = min(_DEPENDENCIES, len(below))
        direct = list(dict.fromkeys(_popular(below, chance) for _ in range(wanted)))
        reached = {each for near in direct for each in (near, *needs[near])}
        needs[number] = tuple(sorted(reached))
        parts = tuple(_part(number, each, direct, sizes, chance) for each in range(sizes[number]))
        modules.append(Module(number, parts, needs[number]))
    return sorted(modules, key=lambda module: module.number)


def generate(
    folder: Path, units: int, seed: int = 1, *, std: bool = False, methods: int = METHODS
) -> list[Path]:
    """Write it with ``build/compile_commands.json``; its units, in the database's order.

    ``std``: headers of the lowest layer include some of the standard library. ``methods`` of a
    class say how large a unit is. Files that are there already are replaced. Raises ``OSError``
    when one cannot be written.
    """
    folder = folder.resolve()
    entries: list[dict[str, str]] = []
    for module in plan(units, seed):
        source, include = folder / _source_folder(module.number), folder / _includes(module.number)
        source.mkdir(parents=True, exist_ok=True)
        (include / _name(module.number)).mkdir(parents=True, exist_ok=True)
        for part in module.parts:
            (include / _header(module.number, part.number)).write_text(
                _declare(part, methods, std=std)
            )
            unit = source / f"part_{part.number}.cpp"
            unit.write_text(_define(part, methods))
            entries.append(_entry(folder, module, unit))
    (folder / "build").mkdir(exist_ok=True)
    with open(folder / "build" / "compile_commands.json", "w", encoding="utf-8") as file:
        json.dump(entries, file, indent=1)
    return [Path(entry["file"]) for entry in entries]


# --- who includes whom --------------------------------------------------------------------------


def _popular(numbers: Sequence[int], chance: random.Random) -> int:
    """One of ``numbers``, the first ones far more often; alike for however many there are."""
    while True:
        rank = int(chance.paretovariate(_POWER)) - 1
        if rank < len(numbers):
            return numbers[rank]


def _part(
    module: int, number: int, direct: Sequence[int], sizes: Sequence[int], chance: random.Random
) -> Part:
    def one_of(other: int) -> tuple[int, int]:
        return other, _popular(range(sizes[other]), chance)

    includes = [one_of(chance.choice(direct)) for _ in range(chance.randint(1, 3)) if direct]
    if number and chance.random() < 0.5:
        includes.append((module, chance.randrange(min(number, 4))))
    uses = [one_of(chance.choice([*direct, module])) for _ in range(chance.randint(1, 4))]
    mine = dict.fromkeys(includes)
    others = (each for each in dict.fromkeys(uses) if each not in mine and each != (module, number))
    return Part(module, number, tuple(mine), tuple(others))


# --- what is in a file --------------------------------------------------------------------------


def _declare(part: Part, methods: int, *, std: bool) -> str:
    """The header."""
    return "".join(f"{line}\n" for line in _header_lines(part, methods, std))


def _header_lines(part: Part, methods: int, std: bool) -> Iterator[str]:
    space, number = _name(part.module), part.number
    guard = f"{space.upper()}_PART_{number}_H"
    yield f"#ifndef {guard}\n#define {guard}\n"
    if std and part.module % LAYERS == 0:
        for name in (_STANDARD[number % len(_STANDARD)], _STANDARD[0]):
            yield f"#include <{name}>"
    for other in part.includes:
        yield f'#include "{_header(*other)}"'
    check = f"{space.upper()}_CHECK_{number}"
    yield f"\n#define {check}(value) ((value) >= 0 ? (value) : -(value))"
    yield f"\nnamespace {space} {{\n"
    yield f"enum class Mode_{number} {{ Idle, Busy = {number + 1}, Done }};\n"
    yield f"/// Pairs of values, the {number}th kind."
    yield f"template <typename T> struct Box_{number} {{"
    yield "  T first{}, second{};"
    yield "  T sum() const { return first + second; }"
    yield "  template <typename Function> void each(Function function) const {"
    yield "    function(first);\n    function(second);\n  }\n};\n"
    base = _class(*part.includes[0]) if part.includes else f"Base_{number}"
    if not part.includes:
        yield f"class Base_{number} {{\n public:\n  virtual ~Base_{number}() = default;"
        yield "  virtual int run(int value) = 0;\n};\n"
    yield f"/// Does the work of part {number}."
    yield f"class Part_{number} : public {base} {{\n public:"
    yield f"  explicit Part_{number}(int size = 0);"
    yield "  int run(int value) override;"
    yield f"  int size_{number}() const {{ return {check}(size_{number}_); }}"
    yield f"  Mode_{number} mode_{number}() const;"
    for method in range(methods):
        yield f"  /// Step {method} of {methods}.\n  int step_{number}_{method}(int value) const;"
    yield f"  static int count_{number};\n"
    yield f" private:\n  int size_{number}_ = {number};"
    for other in part.includes[1:]:
        yield f"  {_class(*other)} *link_{other[0]}_{other[1]}_ = nullptr;"
    yield "};\n"
    yield f"int work_{number}(Part_{number} &part, int value);"
    yield f"inline int mode_of_{number}(Mode_{number} mode) {{ return static_cast<int>(mode); }}"
    yield f"inline int twice_{number}(int value) {{ return 2 * {check}(value); }}\n"
    yield f"}}  // namespace {space}\n\n#endif"


def _define(part: Part, methods: int) -> str:
    """The unit."""
    return "".join(f"{line}\n" for line in _unit_lines(part, methods))


def _unit_lines(part: Part, methods: int) -> Iterator[str]:
    space, number = _name(part.module), part.number
    name = f"Part_{number}"
    for other in ((part.module, number), *part.uses):
        yield f'#include "{_header(*other)}"'
    yield f"\nnamespace {space} {{\n\nint {name}::count_{number} = 0;\n"
    yield "namespace {\n\nint adjust(int value) {"
    yield f"  Box_{number}<int> box{{value, {number}}};\n  int total = 0;"
    yield "  box.each([&total](int each) { total += each; });"
    yield f"  return total + box.sum() + twice_{number}(value);\n}}\n\n}}  // namespace\n"
    yield f"{name}::{name}(int size) : size_{number}_(size) {{ ++count_{number}; }}\n"
    yield f"int {name}::run(int value) {{\n  int result = adjust(value);"
    for other in (*part.includes, *part.uses):
        where, which = _name(other[0]), other[1]
        yield f"  result += {where}::twice_{which}({where.upper()}_CHECK_{which}(result));"
    if part.includes:
        yield f"  result += {_class(*part.includes[0])}::run(result);"
    done = f"mode_{number}() == Mode_{number}::Done"
    yield f"  return {done} ? result : result + size_{number}();\n}}\n"
    yield f"Mode_{number} {name}::mode_{number}() const {{"
    yield f"  return size_{number}_ > {number} ? Mode_{number}::Busy : Mode_{number}::Idle;\n}}\n"
    yield from _method_lines(part, methods)
    yield f"int work_{number}(Part_{number} &part, int value) {{"
    yield "  for (int step = 0; step < value; ++step) {\n    value += part.run(step);\n  }"
    for other in part.uses:
        where, which = _name(other[0]), other[1]
        yield f"  {{\n    {_class(*other)} other(value);"
        yield f"    value += {where}::work_{which}(other, value) + other.size_{which}();\n  }}"
    yield f"  return value;\n}}\n\n}}  // namespace {space}"


def _method_lines(part: Part, methods: int) -> Iterator[str]:
    number = part.number
    check = f"{_name(part.module).upper()}_CHECK_{number}"
    for method in range(methods):
        following = (method + 1) % methods
        yield f"int Part_{number}::step_{number}_{method}(int value) const {{"
        yield f"  const int size = size_{number}() + count_{number};"
        yield f"  if (value > size) return {check}(value - size);"
        yield f"  const Box_{number}<int> box{{value + 1, twice_{number}(size)}};"
        yield f"  return step_{number}_{following}(box.sum() + mode_of_{number}(mode_{number}()));"
        yield "}\n"


# --- names and flags ----------------------------------------------------------------------------


def _name(module: int) -> str:
    return f"module_{module:03}"


def _class(module: int, number: int) -> str:
    return f"{_name(module)}::Part_{number}"


def _source_folder(module: int) -> str:
    return f"src/layer_{module % LAYERS}/{_name(module)}"


def _includes(module: int) -> str:
    return f"{_source_folder(module)}/include"


def _header(module: int, number: int) -> str:
    return f"{_name(module)}/part_{number}.h"


def _entry(folder: Path, module: Module, unit: Path) -> dict[str, str]:
    """As CMake writes it: a command in one text, with the unit's own output."""
    target = _name(module.number)
    folders = [folder / _includes(each) for each in (module.number, *module.needs)]
    libraries = [folder / "third_party" / each / "include" for each in _LIBRARIES.split()]
    output = f"CMakeFiles/{target}.dir/{unit.relative_to(folder)}.o"
    command = [
        "/usr/bin/c++",
        *(f"-D{define}" for define in _DEFINES.split()),
        f"-D{target.upper()}_EXPORTS",
        f'-D{target.upper()}_NAME=\\"{target}\\"',
        *(f"-I{each}" for each in folders),
        *(f"-isystem {each}" for each in libraries),
        "-O2 -g -std=c++17",
        _WARNINGS,
        f"-o {output} -c {unit}",
    ]
    build = str(folder / "build")
    return {"directory": build, "command": " ".join(command), "file": str(unit), "output": output}


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--units", type=int, default=200, help="translation units")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--std", action="store_true", help="include some of the standard library")
    parser.add_argument("--methods", type=int, default=METHODS, help="of a class: a unit's size")
    parser.add_argument("--run", action="store_true", help="index it and say what that takes")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--cache-dir", type=Path, help="where to leave the index")
    options = parser.parse_args()
    try:
        units = generate(
            options.folder,
            max(options.units, 1),
            options.seed,
            std=options.std,
            methods=max(options.methods, 1),
        )
    except OSError as error:
        print(f"synthetic: {error}", file=sys.stderr)
        return 2
    database = options.folder / "build" / "compile_commands.json"
    print(f"{len(units)} units, a database of {database.stat().st_size / 1e6:.1f} MB", flush=True)
    if not options.run:
        return 0
    return scale.report(options.folder.resolve(), options.jobs, options.cache_dir)


if __name__ == "__main__":
    sys.exit(main())
