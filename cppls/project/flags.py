"""Flags: what of a compiler's command libclang gets, and why the rest is left out.

An allow-list. libclang only parses, so it gets what can change how a source reads: macros,
include folders, the language and its dialect, the target, warnings. All else is dropped with a
reason, first of all what would load code or write files: a workspace's flags are untrusted.
What is known about each flag is in ``flag_tables.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from cppls.project import flag_tables as tables
from cppls.project.values import Dropped


class CleanFlags(NamedTuple):
    """A command's flags taken apart."""

    kept: tuple[str, ...]
    """For libclang; ``-x`` and ``-std`` are not among them."""
    standard: str
    """The value of the last ``-std``, else empty."""
    language: str
    """The value of the last ``-x``, else empty."""
    query: tuple[str, ...]
    """Those that change where the compiler looks for system headers, for asking it."""
    dropped: tuple[Dropped, ...]


def clean(arguments: Sequence[str]) -> CleanFlags:
    """Sort the arguments behind the driver into what libclang gets and what not."""
    out = _Out()
    tokens = iter(arguments)
    for token in tokens:
        _take(token, tokens, out)
    return CleanFlags(
        tuple(out.kept), out.standard, out.language, tuple(out.query), tuple(out.dropped)
    )


def standard_flag(standard: str, family: str) -> str | None:
    """The ``-std`` for a language family (``"c"`` or ``"c++"``).

    A C standard on C++ fails the parse, so one of the other family gives ``None``. A standard
    that libclang does not know yet (gcc's next one) becomes the newest that it does.
    """
    match = tables.STANDARD.fullmatch(standard)
    if match is None:
        return None
    is_cxx = "++" in match["family"]
    if is_cxx != (family == "c++"):
        return None
    known = tables.CXX_YEARS if is_cxx else tables.C_YEARS
    if match["year"] in known:
        return f"-std={standard}"
    return f"-std={match['family']}26" if is_cxx else "-std=gnu23"


class _Out:
    """The lists that :func:`clean` fills."""

    def __init__(self) -> None:
        self.kept: list[str] = []
        self.query: list[str] = []
        self.dropped: list[Dropped] = []
        self.standard = ""
        self.language = ""

    def keep(self, *tokens: str) -> None:
        self.kept += tokens
        if len(tokens) == 1 and tables.QUERY.fullmatch(tokens[0]):
            self.query.append(tokens[0])

    def drop(self, flag: str, reason: str) -> None:
        self.dropped.append(Dropped(flag, reason))


def _take(token: str, rest: Iterator[str], out: _Out) -> None:
    if len(token) > 2 and token.startswith(tables.JOINED):
        out.kept.append(token)  # Most tokens are macros and folders: the short way for them.
    elif not token.startswith("-") or token == "-":
        out.drop(token, tables.INPUT)
    elif token.startswith(("-std=", "--std=")):
        out.standard = token.partition("=")[2]
    elif token.startswith("-x"):
        out.language = token[2:] or next(rest, "")
    elif token == "--":
        for name in rest:
            out.drop(name, tables.INPUT)
    elif not (_take_valued(token, rest, out) or _take_wrapped(token, rest, out)):
        _take_single(token, out)


def _take_valued(token: str, rest: Iterator[str], out: _Out) -> bool:
    """Options with a value, kept or dropped."""
    if token in tables.DROPPED_WITH_VALUE:
        out.drop(f"{token} {next(rest, '')}".rstrip(), tables.DROPPED_WITH_VALUE[token])
    elif token in tables.SPELLED_LONG:
        if value := next(rest, ""):
            out.keep(f"{tables.SPELLED_LONG[token]}={value}")
    elif token.startswith("--gcc-toolchain="):
        out.query.append(token)
    elif (option := _prefix(token, tables.FOLDERS)) is not None:
        if value := token[len(option) :] or next(rest, ""):
            out.keep(option, value)
            if option == "-isysroot":
                out.query.append(f"--sysroot={value}")
    elif (option := _prefix(token, tables.FORCED)) is not None:
        if value := token[len(option) :] or next(rest, ""):
            # The driver would take a value.pch or value.gch beside the header in its stead, made
            # by another compiler: the parse would fail. The front end itself reads the header.
            out.keep("-Xclang", option, "-Xclang", value)
    elif token in tables.JOINED:
        if value := next(rest, ""):
            out.keep(token + value)
    else:
        return False
    return True


def _take_wrapped(token: str, rest: Iterator[str], out: _Out) -> bool:
    """Flags in flags: for the preprocessor (``-Wp,-DX``) or clang's front end (``-Xclang``)."""
    if token.startswith("-Wp,"):
        inner = iter(token[4:].split(","))
    elif token == "-Xpreprocessor":
        inner = iter([next(rest, "")])
    elif token == "-Xclang":
        _take_front_end(next(rest, ""), rest, out)
        return True
    elif token.startswith("-Xarch_"):
        out.drop(f"{token} {next(rest, '')}", "for another architecture")
        return True
    else:
        return False
    for flag in inner:
        if flag in ("-MD", "-MMD"):  # Only here does it have a value.
            out.drop(f"{token}", tables.WRITES)
            next(inner, "")
        elif flag.startswith(("-D", "-U")) and len(flag) > 2:
            out.keep(flag)
        else:
            out.drop(flag, "for the preprocessor, and not a macro")
    return True


def _take_front_end(flag: str, rest: Iterator[str], out: _Out) -> None:
    """``-Xclang flag``: a front end flag's value is in another ``-Xclang``."""
    if flag in tables.FORCED or flag in tables.DROPPED_WITH_VALUE or flag.startswith("-plugin-arg"):
        separator, value = next(rest, ""), next(rest, "")
        if separator == "-Xclang" and flag in tables.FORCED:
            out.keep("-Xclang", flag, "-Xclang", value)
        else:
            reason = tables.DROPPED_WITH_VALUE.get(flag, tables.LOADS_CODE)
            out.drop(f"-Xclang {flag} -Xclang {value}", reason)
    elif flag.startswith("-f") and _is_language_flag(flag):
        out.keep(flag)
    else:
        out.drop(f"-Xclang {flag}", "an internal flag of clang's front end")


def _take_single(token: str, out: _Out) -> None:
    if token in tables.PLAIN or token.startswith(tables.PLAIN_PREFIXES):
        out.keep(token)
        return
    if token == "-Ofast":
        out.keep("-O3", "-ffast-math")  # What it means; clang calls the short form deprecated.
        return
    if token == "-Werror":
        out.drop(token, "libclang warns differently from the project's compiler: not an error")
        return
    for prefix, reason in tables.DROPPED_PREFIXES:
        if token.startswith(prefix):
            out.drop(token, reason)
            return
    if token.startswith("-W"):
        out.keep(token)  # -Wno-unknown-warning-option is added for gcc's own.
    elif token.startswith("-f"):
        if _is_language_flag(token):
            out.keep(token)
        else:
            out.drop(token, "only changes the generated code, or only gcc knows it")
    elif tables.MACHINE.fullmatch(token):
        out.keep(token)
    else:
        out.drop(token, tables.CODEGEN if token.startswith("-m") else tables.IRRELEVANT)


def _is_language_flag(flag: str) -> bool:
    name, _, value = flag[2:].partition("=")
    if name in ("sanitize", "no-sanitize"):
        return set(value.split(",")) <= tables.SANITIZERS
    switch = flag[2:].removeprefix("no-")
    return switch in tables.LANGUAGE_SWITCHES or tables.LANGUAGE_FLAGS.fullmatch(flag) is not None


def _prefix(token: str, options: Sequence[str]) -> str | None:
    return next((option for option in options if token.startswith(option)), None)
