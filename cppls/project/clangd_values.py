"""What a user can write into ``.clangd``, section by section, with clangd's names and defaults.

Source: https://clangd.llvm.org/config (clangd 22). Plain frozen values; what a setting does is the
business of whoever uses it. Must not know files or YAML.
"""

from __future__ import annotations

from typing import Literal

import msgspec


class _Section(msgspec.Struct, frozen=True, rename="pascal"):
    """One section; keys as clangd spells them."""


class CompileFlags(_Section, frozen=True):
    """Which flags a file is parsed with; ``FlagEdit`` says in which order they change."""

    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    compiler: str = ""
    """Stands in for the command's program; run only if ``permission.py`` allows it."""
    compilation_database: str = "Ancestors"
    """``Ancestors``, ``None``, or the absolute path of a folder."""
    builtin_headers: Literal["Clangd", "QueryDriver"] = "Clangd"


class External(_Section, frozen=True):
    """An index that somebody else made."""

    file: str = ""
    server: str = ""
    mount_point: str = ""


class IndexConfig(_Section, frozen=True):
    """What is indexed besides open files."""

    background: Literal["Build", "Skip"] = "Build"
    external: External | Literal["None"] = "None"
    standard_library: bool = True


class Style(_Section, frozen=True):
    """How inserted code is spelled. Headers are regular expressions."""

    fully_qualified_namespaces: tuple[str, ...] = ()
    quoted_headers: tuple[str, ...] = ()
    angled_headers: tuple[str, ...] = ()


class ClangTidy(_Section, frozen=True):
    """Which checks run; globs."""

    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    check_options: dict[str, str] = {}
    fast_check_filter: Literal["Strict", "Loose", "None"] = "Strict"


class Includes(_Section, frozen=True):
    """Which headers are never called unused or missing; regular expressions."""

    ignore_header: tuple[str, ...] = ()
    analyze_angled_includes: bool = False


class Diagnostics(_Section, frozen=True):
    """Which problems are shown; ``*`` among ``suppress`` means none."""

    suppress: tuple[str, ...] = ()
    clang_tidy: ClangTidy = ClangTidy()
    unused_includes: Literal["Strict", "None"] = "Strict"
    missing_includes: Literal["Strict", "None"] = "None"
    includes: Includes = Includes()


class Completion(_Section, frozen=True):
    """What completion offers and inserts."""

    all_scopes: bool = True
    argument_lists: Literal["None", "OpenDelimiter", "Delimiters", "FullPlaceholders"] = (
        "FullPlaceholders"
    )
    header_insertion: Literal["IWYU", "Never"] = "IWYU"
    code_patterns: Literal["All", "None"] = "All"
    macro_filter: Literal["ExactPrefix", "FuzzyMatch"] = "ExactPrefix"


class InlayHints(_Section, frozen=True):
    """Which hints are shown inside the code."""

    enabled: bool = True
    block_end: bool = False
    deduced_types: bool = True
    default_arguments: bool = False
    designators: bool = True
    parameter_names: bool = True
    type_name_limit: int = 24
    """Characters; 0: no limit."""


class Hover(_Section, frozen=True):
    """What a hover shows."""

    show_aka: bool = msgspec.field(default=True, name="ShowAKA")
    macro_contents_limit: int = 2048
    """Characters; 0: no limit."""


class SemanticTokens(_Section, frozen=True):
    """Which tokens are not coloured; clangd's names of kinds and modifiers."""

    disabled_kinds: tuple[str, ...] = ()
    disabled_modifiers: tuple[str, ...] = ()


class Documentation(_Section, frozen=True):
    """How comments are read."""

    comment_format: Literal["PlainText", "Markdown", "Doxygen"] = "Doxygen"
    """clangd's own default is ``PlainText``; commands of Doxygen are for readers to see as text."""


class Config(_Section, frozen=True):
    """All that is set for one file, from every fragment that speaks of it."""

    compile_flags: CompileFlags = CompileFlags()
    index: IndexConfig = IndexConfig()
    style: Style = Style()
    diagnostics: Diagnostics = Diagnostics()
    completion: Completion = Completion()
    inlay_hints: InlayHints = InlayHints()
    hover: Hover = Hover()
    semantic_tokens: SemanticTokens = SemanticTokens()
    documentation: Documentation = Documentation()


class FlagEdit(msgspec.Struct, frozen=True):
    """What one fragment does to a command: another program, then flags removed, then added."""

    compiler: str = ""
    remove: tuple[str, ...] = ()
    add: tuple[str, ...] = ()


class Condition(msgspec.Struct, frozen=True, rename="pascal"):
    """``If``: regular expressions that a file's whole path has to match, or must not."""

    path_match: tuple[str, ...] = ()
    path_exclude: tuple[str, ...] = ()
