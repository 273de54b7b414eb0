"""What a user can set, with its default; filled from the command line, the environment and LSP.

One struct serves every door: ``cppls serve`` and ``cppls index`` fill it from their options,
LSP clients overlay it with ``initializationOptions`` and ``workspace/didChangeConfiguration``
(the same names in camelCase). docs/CONFIGURATION.md describes each for users.
"""

from __future__ import annotations

import os
from typing import Literal

import msgspec


class IndexHints(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """In which order files are indexed."""

    first: list[str] = []
    """Glob patterns, relative to the root: these come before all others that are not open."""


class PushedCommand(msgspec.Struct, frozen=True, rename="camel"):
    """How one file is compiled, said by the editor; clangd's ``compilationDatabaseChanges``."""

    working_directory: str
    compilation_command: list[str]


class Settings(msgspec.Struct, rename="camel", forbid_unknown_fields=False):
    """All settings. Paths may be relative to the project's root; sizes are bytes, times seconds."""

    compile_commands: str = ""
    """Folder (or file) of the compile database; empty: looked for in the root and ``build*/``."""
    cache_dir: str = ""
    """Where indexes lie; empty: ``CPPLS_CACHE_DIR``, else the user's cache folder."""
    memory: str = ""
    """The budget of the server and all its children: a size (``512M``) or a profile (``small``,
    ``normal``, ``large``); empty: ``CPPLS_MEMORY``, else ``normal``."""
    jobs: int = 0
    """Index workers at the most; 0: one per core that this process may use."""
    compilation_database_changes: dict[str, PushedCommand] = {}
    """By the path of the file: what counts instead of the compile database's entry."""
    fallback_flags: list[str] = []
    """Flags of files that no compile database names."""
    allowed_compilers: list[str] = []
    """Glob patterns of compilers that may be asked for their include folders, besides gcc and
    clang in system folders. Naming one here allows running it."""
    exclude: list[str] = []
    """Glob patterns, relative to the root, of files that are never indexed on their own."""
    background_index: bool = True
    """Whether to index files that are not open."""
    indexing: Literal["on", "paused"] = "on"
    """``paused``: nothing is indexed until the user says so."""
    pause_on_battery: bool = False
    """Whether indexing waits while the machine runs on battery."""
    pause_on_load: float = 0.0
    """Load average per core from which indexing waits; 0: never."""
    shared_preambles: bool = True
    """Whether headers that many translation units include are precompiled once for all of them."""
    code_lens: bool = True
    """Whether counts of references, derived classes and overrides are shown over declarations, in
    editors that can."""
    index: IndexHints = IndexHints()
    """See ``IndexHints``."""
    tools: dict[str, str] = {}
    """Paths of ``clang-format`` and ``clang-tidy`` where not the installed ones are to be used."""
    fallback_style: str = "LLVM"
    """clang-format's style of files that have no ``.clang-format``; ``none``: left as they are."""
    clang_tidy: bool = True
    """Whether clang-tidy runs on open files whose ``.clang-tidy`` or ``.clangd`` names checks."""
    clang_tidy_seconds: float = 60.0
    """A run of clang-tidy that takes longer is ended."""
    diagnostics_delay: float = 0.25
    """Pause after an edit before the file is parsed again."""
    batch_files: int = 16
    """Results at the most in one transaction, ..."""
    batch_bytes: int = 8 << 20
    """... bytes of shards at the most, ..."""
    batch_seconds: float = 1.0
    """... and time since the first of them."""
    shelf_bytes: int = 64 << 20
    """Bytes of the index for earlier contents of files: what comes back (another branch, say) is
    taken from there without parsing. 0: nothing is kept."""
    live_documents: int = 64
    """Live TUs at the most; the least recently used one is suspended first."""

    def job_count(self) -> int:
        """The number of index workers to run, at least 1."""
        return self.jobs if self.jobs > 0 else available_cores()


def available_cores() -> int:
    """Cores this process may run on (its affinity mask where the system has one)."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1
