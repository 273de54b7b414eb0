"""A project of hostile files among normal ones, to see what a budget is worth.

    python -m benchmarks.hostile FOLDER [--scale 0.01]
    python -m benchmarks.memory FOLDER --memory 512M --only "normal_*"

Each hostile file is legal input that makes a parser take gigabytes, or for ever, or die:

    macro.cpp      macros that expand to macros, to ten million array elements
    constexpr.cpp  a constexpr array of 12 million class objects
    templates.cpp  700 x 700 recursive template instantiations
    brackets.cpp   100,000 brackets that are never closed
    large.cpp      200 MB of small functions

The normal files include one header and call each other; with all of them complete an index holds
``NORMAL`` definitions named ``normal_0``, ``normal_1`` and so on.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

NORMAL: Final = 8
"""Normal files beside the hostile ones."""
_FAN: Final = 10
_CHUNK: Final = 4096


@dataclass(frozen=True)
class Sizes:
    """How hostile: the defaults are those of the benchmark, tests take small ones."""

    macro_elements: int = 10_000_000
    """Rounded up to a power of ten."""
    constexpr_objects: int = 12_000_000
    template_rows: int = 700
    """And as many columns."""
    brackets: int = 100_000
    large_bytes: int = 200_000_000

    def scaled(self, factor: float) -> Sizes:
        """The same, smaller; a template's rows by the square root, for they count twice."""
        return Sizes(
            max(1, round(self.macro_elements * factor)),
            max(1, round(self.constexpr_objects * factor)),
            max(1, round(self.template_rows * factor**0.5)),
            max(1, round(self.brackets * factor)),
            max(1, round(self.large_bytes * factor)),
        )


def generate(folder: Path, sizes: Sizes) -> list[Path]:
    """Write the project with its compile_commands.json; its sources, the hostile ones first.

    Files that are there already are replaced. Raises ``OSError`` when one cannot be written.
    """
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "normal.h").write_text(_header())
    sources: dict[str, Iterator[str]] = {
        **{name: write(sizes) for name, write in HOSTILE.items()},
        **{f"normal_{number}.cpp": _normal(number) for number in range(NORMAL)},
    }
    for name, parts in sources.items():
        with open(folder / name, "w", encoding="ascii") as file:
            file.writelines(parts)
    commands = [
        {"directory": str(folder), "file": name, "arguments": ["c++", *_flags(name, sizes), name]}
        for name in sources
    ]
    (folder / "compile_commands.json").write_text(json.dumps(commands, indent=1) + "\n")
    return [folder / name for name in sources]


def _flags(name: str, sizes: Sizes) -> list[str]:
    """GCC's names of the limits that would end a file early; clang knows the first as well."""
    depth = [f"-ftemplate-depth={sizes.template_rows + 100}"] if name == "templates.cpp" else []
    return ["-std=c++17", "-c", *depth]


def _macro(sizes: Sizes) -> Iterator[str]:
    yield "#define ELEMENTS_0 1,\n"
    level = 0
    while _FAN**level < sizes.macro_elements:
        level += 1
        yield f"#define ELEMENTS_{level} {' '.join([f'ELEMENTS_{level - 1}'] * _FAN)}\n"
    yield f"int elements[] = {{ ELEMENTS_{level} }};\n"


def _constexpr(sizes: Sizes) -> Iterator[str]:
    yield "struct Item { int value; long more; constexpr Item() : value(1), more(2) {} };\n"
    yield f"constexpr Item items[{sizes.constexpr_objects}]{{}};\n"
    yield 'static_assert(items[0].value == 1, "evaluated");\n'


def _templates(sizes: Sizes) -> Iterator[str]:
    """A chain of instantiations for every row, so that the depth is that of one row alone."""
    yield "template <int Row, int Column> struct Cell {\n"
    yield "  static constexpr int value = Cell<Row, Column - 1>::value + 1;\n"
    yield "  struct Inner { Cell *outer; int more[Column]; } inner;\n"
    yield "};\n"
    yield "template <int Row> struct Cell<Row, 0> { static constexpr int value = Row; };\n"
    for row in range(sizes.template_rows):
        yield f"static_assert(Cell<{row}, {sizes.template_rows}>::value > 0);\n"


def _brackets(sizes: Sizes) -> Iterator[str]:
    yield "int nested = "
    yield "(" * sizes.brackets
    yield "\n"


def _large(sizes: Sizes) -> Iterator[str]:
    written = number = 0
    while written < sizes.large_bytes:
        lines = [
            f"int large_{each}(int value) {{ return value * {each} + {each % 7}; }}\n"
            for each in range(number, number + _CHUNK)
        ]
        part = "".join(lines)
        if written + len(part) > sizes.large_bytes:
            room = sizes.large_bytes - written
            part = part[: part.rfind("\n", 0, room) + 1] or lines[0]
            yield part
            return
        written, number = written + len(part), number + _CHUNK
        yield part


def _header() -> str:
    declarations = "".join(f"int normal_{number}(int value);\n" for number in range(NORMAL))
    return f"#pragma once\n#include <string>\n#include <vector>\n{declarations}"


def _normal(number: int) -> Iterator[str]:
    following = (number + 1) % NORMAL
    yield '#include "normal.h"\n\n'
    yield f"int normal_{number}(int value) {{\n"
    yield "  std::vector<std::string> names(value);\n"
    yield f"  return value > 0 ? normal_{following}(value - 1) : static_cast<int>(names.size());\n"
    yield "}\n"


HOSTILE: Final[dict[str, Callable[[Sizes], Iterator[str]]]] = {
    "macro.cpp": _macro,
    "constexpr.cpp": _constexpr,
    "templates.cpp": _templates,
    "brackets.cpp": _brackets,
    "large.cpp": _large,
}


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--scale", type=float, default=1.0, help="0.01: a hundredth as hostile")
    options = parser.parse_args()
    try:
        sources = generate(options.folder, Sizes().scaled(options.scale))
    except OSError as error:
        print(f"hostile: {error}", file=sys.stderr)
        return 2
    for path in sources:
        print(f"{path.stat().st_size:>12,}  {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
