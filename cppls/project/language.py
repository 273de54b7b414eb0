"""Languages: from file name, driver and ``-x`` to the ``-x`` that libclang gets.

A language is spelled as clang's ``-x`` spells it: ``"c"``, ``"c++"``, ``"objective-c"``,
``"objective-c++"``, ``"cuda"``, ``"c++-module"``; a header's with ``-header`` behind.
"""

from __future__ import annotations

import os
from typing import Final

SOURCES: Final = {
    ".c": "c",
    ".cc": "c++",
    ".cp": "c++",
    ".cpp": "c++",
    ".cxx": "c++",
    ".c++": "c++",
    ".C": "c++",
    ".CPP": "c++",
    ".m": "objective-c",
    ".mm": "objective-c++",
    ".M": "objective-c++",
    ".cu": "cuda",
    ".cppm": "c++-module",
    ".ccm": "c++-module",
    ".cxxm": "c++-module",
    ".c++m": "c++-module",
    ".ixx": "c++-module",
    ".mpp": "c++-module",
}
"""Extensions of files that are compiled on their own."""

HEADERS: Final = {
    ".h": "",
    ".inc": "",
    ".def": "",
    ".hh": "c++",
    ".hp": "c++",
    ".hpp": "c++",
    ".hxx": "c++",
    ".h++": "c++",
    ".H": "c++",
    ".inl": "c++",
    ".ipp": "c++",
    ".tcc": "c++",
    ".tpp": "c++",
    ".txx": "c++",
    ".cuh": "cuda",
}
"""Extensions of files that are included; an empty language is that of the file including them."""

_EXPLICIT: Final = {
    "c": "c",
    "c++": "c++",
    "objective-c": "objective-c",
    "objective-c++": "objective-c++",
    "cuda": "cuda",
    "cu": "cuda",  # nvcc's word for it
    "c++-module": "c++-module",
    "hip": "c++",
}


_PRODUCTS: Final = frozenset(
    """
    .a .bin .bmi .class .d .dll .dwo .dylib .exe .gcda .gch .gcm .gcno .gz .lib .lo .log .o .obj
    .pch .pcm .pdb .png .pyc .so .stamp .swp .swx .tar .tmp
    .xz .zip .zst
    """.split()
)


def is_header_name(path: str) -> bool:
    """Whether a file of this name is meant to be included; ``<vector>`` has no extension."""
    extension = _extension(path)
    return extension in HEADERS or not extension


def is_source_name(path: str) -> bool:
    """Whether a file of this name is compiled on its own."""
    return _extension(path) in SOURCES


def may_be_read(name: str) -> bool:
    """Whether a compiler might read a file of this name; not what builds write by the thousand."""
    return _extension(name) not in _PRODUCTS


def of_source(path: str, explicit: str = "", cxx_driver: bool = False) -> str | None:
    """The language of a translation unit; ``None`` when it is none of ours (assembler, Fortran).

    ``explicit`` is the command's ``-x``; a ``cxx_driver`` (g++) takes C files for C++.
    """
    if explicit and explicit != "none":
        base = _EXPLICIT.get(explicit.removesuffix("-header"))
        return base if base is None or not explicit.endswith("-header") else header(base)
    extension = _extension(path)
    if extension in HEADERS:
        return header(HEADERS[extension] or ("c++" if cxx_driver else "c"))
    language = SOURCES.get(extension)
    return "c++" if language == "c" and cxx_driver else language


def of_relative(path: str, donor: str) -> str:
    """The language of ``path`` when it takes its flags from a file in the language ``donor``."""
    donor = donor.removesuffix("-header")
    extension = _extension(path)
    if extension in SOURCES:
        # A C file beside files that g++ compiles may well be C++; its own name says more.
        return SOURCES[extension]
    own = HEADERS.get(extension, "")
    if own == "c++" and donor in ("objective-c", "objective-c++"):
        own = "objective-c++"
    return header(own or donor)


def header(language: str) -> str:
    """The ``-x`` of a header in this language."""
    language = "c++" if language == "c++-module" else language.removesuffix("-header")
    # clang has no name for CUDA headers.
    return language if language == "cuda" else f"{language}-header"


def family(language: str) -> str:
    """``"c"`` or ``"c++"``: which ``-std`` and which standard library go with a language."""
    base = language.removesuffix("-header")
    return "c" if base in ("c", "objective-c") else "c++"


def _extension(path: str) -> str:
    return os.path.splitext(path)[1]
