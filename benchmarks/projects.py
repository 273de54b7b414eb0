"""Real projects to measure on: Debian source packages by name, or any folder.

A package is fetched with ``apt-get source --download-only`` through source lists of our own (the
machine's stay untouched), unpacked below ``benchmarks/projects/`` and configured with CMake for a
compile database, or asked what its ``make`` would run. Generated headers are built, so that both
servers see a complete project.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.make_database import compile_commands

HERE: Final = Path(__file__).resolve().parent
PROJECTS: Final = HERE / "projects"


class ProjectError(Exception):
    """A project could not be fetched or configured; the message says what to do."""


@dataclass(frozen=True)
class Project:
    """A folder with sources and the folder of its compile database."""

    name: str
    root: Path
    database: Path

    def translation_units(self) -> list[Path]:
        """The files that the compile database names, without duplicates."""
        entries: list[dict[str, str]] = json.loads(
            (self.database / "compile_commands.json").read_bytes()
        )
        paths = {os.path.join(entry["directory"], entry["file"]): None for entry in entries}
        return [Path(os.path.realpath(path)) for path in paths]


@dataclass(frozen=True)
class Recipe:
    """How a Debian source package becomes a project. ``folder`` holds the CMakeLists.txt."""

    package: str
    folder: str = "."
    parts: tuple[tuple[str, str], ...] = ()
    """Other source packages that it needs inside: where to, and which."""
    cmake: tuple[str, ...] = ()
    make: str = ""
    """No CMake: arguments of the ``make`` that builds it, of which nothing is compiled.

    ``make -n`` makes what the Makefiles make while they are read (``$(shell ...)``).
    """
    generated: str = ""
    """Pattern of build targets that make headers (and sources) other files need."""
    build_generators: bool = False
    """The generators are programs of the project: build them, not only run the commands."""


RECIPES: Final = {
    "z3": Recipe("z3", generated=r"\.(hpp|h|cpp|inc)$"),
    "leveldb": Recipe(
        "leveldb", cmake=("-DLEVELDB_BUILD_TESTS=OFF", "-DLEVELDB_BUILD_BENCHMARKS=OFF")
    ),
    # Debian's fmt comes without the googletest of its tests, most of its TUs; upstream's one folder
    # has gmock's headers too. The path is relative to the build folder.
    "fmt": Recipe(
        "fmtlib",
        parts=(("test/gtest", "googletest"),),
        cmake=("-DFMT_DOC=OFF", "-DCMAKE_CXX_FLAGS=-I../test/gtest/googlemock/include"),
    ),
    "protobuf": Recipe(
        "protobuf", cmake=("-Dprotobuf_BUILD_TESTS=OFF", "-Dprotobuf_WITH_ZLIB=OFF")
    ),
    # The default allocator has headers that only its configure script makes.
    "redis": Recipe("redis", make="-C src MALLOC=libc"),
    "llvm": Recipe(
        "llvm-toolchain-14",
        folder="llvm",
        cmake=("-DLLVM_TARGETS_TO_BUILD=X86", "-DLLVM_INCLUDE_TESTS=OFF"),
        generated=r"(Gen|\.inc$)",
        build_generators=True,
    ),
}

NAMES: Final = f"{', '.join(RECIPES)} or a folder"
"""What :func:`load` takes, for helps."""


def load(name: str) -> Project:
    """A project by recipe name or folder. Raises :class:`ProjectError`."""
    recipe = RECIPES.get(name)
    if recipe is not None and not os.path.isdir(name):
        return _prepare(name, recipe)
    root = Path(name).resolve()
    if not root.is_dir():
        raise ProjectError(f"{name}: no such folder, and none of {', '.join(RECIPES)}")
    for candidate in (root, *sorted(root.glob("build*"))):
        if (candidate / "compile_commands.json").is_file():
            return Project(root.name, root, candidate)
    raise ProjectError(
        f"{root}: no compile_commands.json here or in build*/; "
        "configure it with cmake -DCMAKE_EXPORT_COMPILE_COMMANDS=ON"
    )


def _prepare(name: str, recipe: Recipe) -> Project:
    root = PROJECTS / name
    build = root / recipe.folder / "build"
    if not (build / "compile_commands.json").is_file():
        for folder, package in ((".", recipe.package), *recipe.parts):
            if not (root / folder).is_dir():
                _unpack(_download(package), root / folder)
        configure = _ask_make if recipe.make else _configure
        configure(root / recipe.folder, build, recipe)
    return Project(name, root / recipe.folder, build)


def _download(package: str) -> Path:
    """The package's original tarball (the largest ``.orig.tar``), fetched when missing."""
    if shutil.which("apt-get") is None:
        raise ProjectError(f"{package}: apt-get is needed to fetch it; give a folder instead")
    apt = PROJECTS / ".apt"
    for folder in ("lists/partial", "parts"):
        (apt / folder).mkdir(parents=True, exist_ok=True)
    _write_source_lists(apt / "parts")
    options = [
        "-o", f"Dir::State::lists={apt / 'lists'}",
        "-o", f"Dir::Etc::sourceparts={apt / 'parts'}",
        "-o", "Dir::Etc::sourcelist=/dev/null",
    ]  # fmt: skip
    print(f"fetching the source package {package}", file=sys.stderr)
    _run(["apt-get", *options, "-q", "update"], apt)
    _run(["apt-get", *options, "-q", "source", "--download-only", package], apt)
    found = list(apt.glob(f"{package}_*.orig.tar.*"))
    tarballs = [path for path in found if not path.name.endswith(".asc")]
    if not tarballs:
        raise ProjectError(f"{package}: the source package has no .orig.tar file in {apt}")
    return max(tarballs, key=lambda path: path.stat().st_size)


def _write_source_lists(folder: Path) -> None:
    """Our own copies of the machine's lists with ``deb`` turned into ``deb-src``."""
    lists = [Path("/etc/apt/sources.list"), *Path("/etc/apt/sources.list.d").glob("*")]
    for path in lists:
        if path.suffix == ".sources":
            text = re.sub(r"(?m)^Types:.*$", "Types: deb-src", path.read_text())
        elif path.suffix == ".list" and path.is_file():
            text = re.sub(r"(?m)^deb\s", "deb-src ", path.read_text())
        else:
            continue
        (folder / path.name).write_text(text)


def _unpack(tarball: Path, root: Path) -> None:
    staging = root.with_name(root.name + ".unpacking")
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(parents=True)
    with tarfile.open(tarball) as archive:
        archive.extractall(staging)
    inside = list(staging.iterdir())
    (inside[0] if len(inside) == 1 else staging).rename(root)
    shutil.rmtree(staging, ignore_errors=True)


def _configure(source: Path, build: Path, recipe: Recipe) -> None:
    for tool in ("cmake", "ninja"):
        if _tool(tool) is None:
            raise ProjectError(f"{source.name}: {tool} is needed: pip install '.[bench]'")
    print(f"configuring {source}", file=sys.stderr)
    ninja, cmake = str(_tool("ninja")), str(_tool("cmake"))
    _run(
        [
            cmake, "-S", str(source), "-B", str(build), "-G", "Ninja",
            f"-DCMAKE_MAKE_PROGRAM={ninja}", "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON",
            "-DCMAKE_POLICY_VERSION_MINIMUM=3.5", "-DCMAKE_BUILD_TYPE=Release", *recipe.cmake,
        ],
        build.parent,
    )  # fmt: skip
    if recipe.generated:
        _generate(ninja, build, recipe)


def _ask_make(source: Path, build: Path, recipe: Recipe) -> None:
    if shutil.which("make") is None:
        raise ProjectError(f"{source.name}: make is needed to know its compile commands")
    print(f"asking make for the compile commands of {source}", file=sys.stderr)
    output = _run(["make", "-nw", *recipe.make.split()], source)
    entries = compile_commands(output, str(source))
    if not entries:
        raise ProjectError(
            f"{source}: make -n {recipe.make} would compile nothing; make clean first"
        )
    build.mkdir(exist_ok=True)
    (build / "compile_commands.json").write_text(json.dumps(entries, indent=1))


def _generate(ninja: str, build: Path, recipe: Recipe) -> None:
    listing = _run([ninja, "-C", str(build), "-t", "targets", "all"], build)
    targets: list[str] = []
    for line in listing.splitlines():
        target, _, rule = line.partition(": ")
        if rule.startswith("CUSTOM_COMMAND") and re.search(recipe.generated, target):
            targets.append(target)
    print(f"generating {len(targets)} files", file=sys.stderr)
    if recipe.build_generators:
        _run([ninja, "-C", str(build), "-k", "0", *targets], build)
        return
    # Asked for a generated file, CMake's Ninja first compiles every library its target links:
    # the generating commands alone are enough, and cost seconds instead of the whole build.
    script = _run([ninja, "-C", str(build), "-t", "commands", "-s", *targets], build)
    for command in dict.fromkeys(script.splitlines()):
        _run(["sh", "-c", command], build)


def _tool(name: str) -> Path | None:
    """A program beside this Python (a wheel brought it) or on the path."""
    beside = Path(sys.executable).parent / name
    found = shutil.which(name)
    return beside if beside.exists() else Path(found) if found else None


def _run(command: list[str], folder: Path) -> str:
    environment = {**os.environ, "LC_ALL": "C"}  # What tools say is read, here and in reports.
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        tail = "\n".join((done.stderr or done.stdout).splitlines()[-5:])
        raise ProjectError(f"{' '.join(command[:3])} ... failed:\n{tail}")
    return done.stdout
