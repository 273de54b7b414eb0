"""From a flag group to the arguments libclang gets: driver found, flags cleaned, headers added.

Pure but for asking :class:`Toolchains`; keeps nothing.
"""

from __future__ import annotations

import os
import re
from typing import Final, NamedTuple

from cppls.project import drivers, flags, foreign, language, system_headers
from cppls.project.entries import Group
from cppls.project.toolchain import Toolchains
from cppls.project.values import Toolchain


class Cleaned(NamedTuple):
    """A flag group taken apart, before a language is chosen."""

    directory: str
    driver: str
    """As the project names it; empty when its flags name none."""
    host: str
    """The compiler to ask for system headers: the driver, or nvcc's host compiler."""
    flags: flags.CleanFlags


def clean(group: Group) -> Cleaned:
    """Find the driver of a group and sort its flags."""
    driver = drivers.find(group.tokens)
    arguments = list(group.tokens[driver.first_argument :])
    host = driver.program
    if drivers.is_nvcc(driver.program):
        arguments, host = foreign.from_nvcc(arguments)
    elif drivers.is_cl(driver.program):
        arguments = foreign.from_cl(arguments)
    return Cleaned(group.directory, driver.program, host, flags.clean(arguments))


def source_language(path: str, cleaned: Cleaned) -> str | None:
    """The language of a file that has these flags itself; ``None`` when it is none of ours."""
    return language.of_source(path, cleaned.flags.language, drivers.is_cxx(cleaned.driver))


def toolchain_of(cleaned: Cleaned, chosen: str, toolchains: Toolchains) -> Toolchain:
    """The toolchain that compiles this group in the language ``chosen``."""
    query = [_absolute(flag, cleaned.directory) for flag in cleaned.flags.query]
    return toolchains.find(cleaned.host, language.family(chosen), query)


def arguments(cleaned: Cleaned, chosen: str, toolchain: Toolchain) -> tuple[str, ...]:
    """libclang's arguments for a file of this group in the language ``chosen``."""
    family = language.family(chosen)
    kept = cleaned.flags.kept
    out = ["-x", chosen]
    standard = flags.standard_flag(cleaned.flags.standard, family)
    if standard is None and chosen == "c++-module":
        standard = "-std=gnu++20"  # Modules are not known to the default, C++17.
    if standard is not None:
        out.append(standard)
    out += _with_own_builtins(kept)
    if chosen == "cuda":
        out += _cuda(cleaned.driver, kept)
    if _TARGETS.match(toolchain.target) and not any(f.startswith("--target=") for f in kept):
        out.append(f"--target={toolchain.target}")
    if toolchain.includes:
        out.append("-nostdinc")
        if family == "c++":
            out.append("-nostdinc++")
        for folder in toolchain.includes:
            out += ("-isystem", folder)
    return (*out, *_QUIET)


# gcc's own warnings, and flags of which this language makes no use, are nobody's mistake.
_QUIET: Final = ("-Wno-unknown-warning-option", "-Wno-unused-command-line-argument")

# Architectures that libclang can parse for; another (a vendor's gcc) would fail every parse.
_TARGETS: Final = re.compile(
    r"(?:x86_64|amd64|i[3-6]86|aarch64(?:_be)?|arm64|arm\w*|thumb\w*|riscv(?:32|64)|powerpc\w*"
    r"|ppc\w*|mips\w*|s390x|sparc\w*|loongarch64|avr|msp430|hexagon|wasm32|wasm64|xtensa|m68k)-"
)

_CUDA_HEADERS: Final = ("cuda_runtime.h", "curand_mtgp32_kernel.h")

# What cuda_runtime.h defines, for a machine without CUDA.
_WITHOUT_CUDA: Final = (
    "-nocudainc",
    "-nocudalib",
    "-D__global__=__attribute__((global))",
    "-D__device__=__attribute__((device))",
    "-D__host__=__attribute__((host))",
    "-D__shared__=__attribute__((shared))",
    "-D__constant__=__attribute__((constant))",
)


def _cuda(driver: str, kept: tuple[str, ...]) -> list[str]:
    """Host side only: one parse, and no CUDA library is needed for it."""
    out = ["--cuda-host-only", "-Wno-unknown-cuda-version"]
    if any(flag.startswith("--cuda-path=") for flag in kept):
        return out
    home = os.path.dirname(os.path.dirname(os.path.realpath(driver))) if driver else ""
    for folder in (home, "/usr/local/cuda"):
        include = os.path.join(folder, "include")
        # clang's own CUDA wrapper includes both; one is a package of its own.
        if folder and all(os.path.isfile(os.path.join(include, name)) for name in _CUDA_HEADERS):
            return [*out, f"--cuda-path={folder}"]
    return [*out, *_WITHOUT_CUDA]


def _with_own_builtins(kept: tuple[str, ...]) -> list[str]:
    """Builtin headers that the flags name themselves (the Linux kernel's do) become libclang's."""
    resource = system_headers.resource_include()
    return [resource if resource and system_headers.is_builtin(flag) else flag for flag in kept]


def _absolute(flag: str, directory: str) -> str:
    """A query runs elsewhere, so its folders must not be relative."""
    name, separator, value = flag.partition("=")
    if name not in ("--sysroot", "--gcc-toolchain"):
        return flag
    return f"{name}{separator}{os.path.normpath(os.path.join(directory, value))}"
