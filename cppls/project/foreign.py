"""Commands of compilers with options of their own (nvcc, cl), said in gcc's and clang's words.

Only what can change how a source reads is translated; ``flags.py`` decides about the result.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple


class Translated(NamedTuple):
    """Arguments in gcc's words, and the compiler that does the host's part (``-ccbin``)."""

    arguments: list[str]
    host: str


def from_nvcc(arguments: Sequence[str]) -> Translated:
    """nvcc's arguments for clang: host side only, the host compiler's own flags unpacked.

    Option names are those of ``nvcc --help`` (CUDA 12).
    """
    out: list[str] = []
    host = ""
    tokens = iter(arguments)
    for token in tokens:
        name, separator, value = token.partition("=")
        if name in _NVCC_HOST:
            host = value if separator else next(tokens, "")
        elif name in _NVCC_PASSED_ON:
            out += (value if separator else next(tokens, "")).split(",")
        elif name in _NVCC_WITH_VALUE:
            if not separator:
                next(tokens, "")
        elif name in _NVCC_RENAMED:
            out += (_NVCC_RENAMED[name], value if separator else next(tokens, ""))
        elif name == "-std" and not separator:
            out.append(f"-std={next(tokens, '')}")
        elif token.startswith("-isystem="):
            out += ("-isystem", value)
        else:
            out.append(token)
    return Translated(out, host)


def from_cl(arguments: Sequence[str]) -> list[str]:
    """cl's arguments for clang. Option names are those of Microsoft's documentation."""
    out: list[str] = []
    tokens = iter(arguments)
    for token in tokens:
        out += _from_cl_option(token, tokens)
    return out


_NVCC_HOST: Final = frozenset({"-ccbin", "--compiler-bindir"})
_NVCC_PASSED_ON: Final = frozenset({"-Xcompiler", "--compiler-options"})
_NVCC_RENAMED: Final = {
    "--include-path": "-I",
    "--system-include": "-isystem",
    "--define-macro": "-D",
    "--undefine-macro": "-U",
    "--pre-include": "-include",
    "--x": "-x",
}
_NVCC_WITH_VALUE: Final = frozenset(
    "-arch --gpu-architecture -code --gpu-code -gencode --generate-code -Xptxas --ptxas-options "
    "-Xlinker --linker-options -Xnvlink --nvlink-options -Xarchive --archive-options -Xcudafe "
    "-Xnvcc -maxrregcount --maxrregcount -t --threads -odir --output-directory -cudart --cudart "
    "-diag-suppress --diag-suppress -diag-error --diag-error -diag-warn --diag-warn "
    "--output-file -optf --options-file -dlto -jtf -split-compile".split()
)

_CL_VALUED: Final = {"I": "-I", "D": "-D", "U": "-U", "FI": "-include", "external:I": "-isystem"}
_CL_STANDARDS: Final = {
    "c++14": "c++14",
    "c++17": "c++17",
    "c++20": "c++20",
    "c++latest": "c++23",
    "c11": "c11",
    "c17": "c17",
    "clatest": "c23",
}


def _from_cl_option(token: str, tokens: Iterator[str]) -> tuple[str, ...]:
    # clang's own options work in clang-cl as they are.
    if token.startswith(("-std=", "-W", "-f", "-m", "-isystem", "-D", "-I", "-U", "--target")):
        return (token,)
    if not token.startswith(("/", "-")):
        return ()
    option = token[1:]
    if option.startswith("std:"):
        standard = _CL_STANDARDS.get(option[4:])
        return (f"-std={standard}",) if standard else ()
    if option in ("TP", "TC"):
        return ("-x", "c++" if option == "TP" else "c")
    for name, ours in _CL_VALUED.items():
        if option.startswith(name):
            return (ours, option[len(name) :] or next(tokens, ""))
    return ()
