"""What the server and its index workers say to each other, and the shard that a worker returns.

A child is a plain process on two pipes. A frame is a 4-byte little-endian length and that many
bytes of MessagePack (see ``core/frames.py``). Paths and arguments travel as bytes, because a file
name need not be UTF-8; names and messages are valid UTF-8, the C library sees to that.

What is said to document hosts is in ``core/live_messages.py``. The structs marked "written by C"
are encoded by ``clang/native``: a change here is a change there, and :data:`SHARD_VERSION` goes up.
"""

from __future__ import annotations

from typing import Final, TypeAlias

import msgspec

from cppls.core.model import SymbolId

SHARD_VERSION: Final = 4

CONTAINERS_IN_RUN: Final = 120
"""Container ids in one run of ``FileShard.containers``; the last run may be shorter."""

# --- shards: files as C extracts them, packed by the worker, stored by the index writer --------


class SymbolRecord(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """A symbol as one file declares it. Written by C.

    ``line``, ``column``, ``length`` are those of the name token of the file's definition of the
    symbol, else of its first declaration there (0-based; bytes); ``start_line`` to
    ``end_column`` span the whole declaration. ``kind`` is a ``SymbolKind``, ``flags`` a
    ``SymbolFlag``.
    """

    id: SymbolId
    name: str
    scope: str
    kind: int
    flags: int
    line: int
    column: int
    length: int
    start_line: int
    start_column: int
    end_line: int
    end_column: int
    signature: str
    brief: str


class RelationRecord(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """``subject`` KIND ``object`` (a ``RelationKind``), declared in this file. Written by C."""

    subject: SymbolId
    kind: int
    object: SymbolId


class IncludeRecord(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """An include directive: the range of the file name with its quotes. Written by C."""

    line: int
    """-1: there is no directive but a compiler option (``-include``); ``column`` counts these."""
    column: int
    length: int
    angled: bool
    spelled: str
    target: bytes
    """Real path, empty when the include did not resolve."""


class DiagnosticRecord(msgspec.Struct, array_like=True, frozen=True):
    """A diagnostic in this file. ``severity`` is a ``Severity``. Written by C."""

    line: int
    column: int
    end_line: int
    end_column: int
    severity: int
    message: str
    code: str


class FileShard(msgspec.Struct, array_like=True, frozen=True):
    """What one translation unit says of one file, or a part of it. Written by C.

    ``key`` is the claim: an unsigned 64-bit hash of real path and content. A large file comes in
    several parts, numbered from 0, each with the same key and the next of what the lists hold.
    ``postings`` has ``(symbol, spots, whether this file declares it)`` ordered by symbol; a long
    posting comes in several. Spots are packed as ``core/spots.py`` says and name their containers
    by 1-based position among all ids of ``containers`` (little-endian int64), 0 for none.
    """

    path: bytes
    key: int
    content_hash: int
    """Signed 64-bit."""
    token_hash: int
    """Signed 64-bit: equal where a difference cannot matter to those that include the file. A hash
    of its tokens (``clang/native/tokens.h``), and of those ids that change with what is before."""
    size: int
    mtime_ns: int
    ascii: bool
    part: int
    partial: bool
    """Others have claimed the file; this is what branches of its conditional directives say that
    they had not read. ``token_hash`` means nothing then."""
    branches: bytes
    """Claims of the branches that the unit has read, only new ones when ``partial``: uint64
    little-endian, concatenated. None of a main file."""
    symbols: list[SymbolRecord]
    containers: list[bytes]
    postings: list[tuple[SymbolId, bytes, bool]]
    relations: list[RelationRecord]
    includes: list[IncludeRecord]
    diagnostics: list[DiagnosticRecord]


class ShardEnd(msgspec.Struct, array_like=True, frozen=True):
    """What is said once all files of a translation unit are handed out. Written by C.

    ``errors`` counts diagnostics of severity error or worse in the whole TU.
    """

    version: int
    errors: int
    first_error: str
    """Empty, or ``path:line:column: message`` of the TU's first error."""


Block: TypeAlias = tuple[SymbolId, bytes]
"""The first symbol of a block, and the block: see ``core/packing.py``."""


class PackedFile(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """A ``FileShard`` in the form in which it is stored, so that the one writer has little to do.

    Made by ``core/packing.py`` in the worker, which says what blocks and rows are.
    """

    path: bytes
    key: int
    content_hash: int
    token_hash: int
    size: int
    mtime_ns: int
    ascii: bool
    part: int
    partial: bool
    branches: bytes
    occurrences: int
    containers: list[bytes]
    symbols: list[Block]
    postings: list[Block]
    posting_rows: bytes
    naming_rows: bytes
    relation_rows: bytes
    names: list[tuple[int, str]]
    """``(id, name)`` of every name that a record has; see ``core/names.py``."""
    includes: list[IncludeRecord]
    diagnostics: bytes
    """A list of ``DiagnosticRecord`` in MessagePack; empty where there is none."""


class Shard(msgspec.Struct, array_like=True, frozen=True):
    """What indexing one translation unit gave: its main file first, then the headers it claims.

    A large one is spooled: ``files`` is empty, and ``spooled`` the bytes of the job's spool file,
    which holds a frame (``core/frames.py``) for each ``PackedFile``.
    """

    version: int
    files: list[PackedFile]
    errors: int
    first_error: str
    spooled: int = 0


# --- index workers ------------------------------------------------------------------------------


class IndexJob(msgspec.Struct, tag="index", frozen=True):
    """Index one translation unit. ``arguments`` are ready for libclang (no driver, no input)."""

    id: int
    path: bytes
    directory: bytes
    arguments: list[bytes]
    fallback: list[bytes] = []
    """Fewer arguments, tried when nothing parses with ``arguments``."""
    memory: int = 0
    """Bytes of private memory at which allocations fail from now on; 0: what held before."""
    preambles: list[bytes] = []
    """Shared preambles, from the first of the chain to the one to parse over; empty for none.
    They were made by :class:`BuildPreamble`. The worker proves that the unit includes itself all
    that they hold, in a way that means the same, and parses it without them where it does not."""
    spool: bytes = b""
    """Where a large shard goes, a file that is not there yet; empty: nowhere, the answer has it."""


class BuildPreamble(msgspec.Struct, tag="preamble", frozen=True):
    """Precompile a header that includes others; answered by ``PreambleBuilt``.

    ``source`` is written to ``path``: one ``#include`` directive on each line. What an error leads
    to is left out and the rest tried again. ``output`` becomes the precompiled header, and
    ``output`` with ``.facts`` appended what a worker has to know of it.
    """

    id: int
    path: bytes
    source: bytes
    directory: bytes
    arguments: list[bytes]
    """Those of the units that will sit on it, ``-x`` and all."""
    output: bytes
    parents: list[bytes] = []
    """Preambles below it, from the first of the chain to the one that it continues."""
    memory: int = 0
    """As in :class:`IndexJob`."""
    spool: bytes = b""
    """As in :class:`IndexJob`."""


class KnownFiles(msgspec.Struct, tag="known", frozen=True):
    """Claims committed since the last such message: uint64 little-endian, concatenated.

    With ``forget`` the worker drops every claim it knew and its parse session first, so that a
    header's bodies are parsed again. What a worker hands out counts as claimed for that worker at
    once (its parse session skips the bodies from then on): a result that could not be committed
    is a reason to send ``forget`` to the worker it came from.
    """

    keys: bytes
    forget: bool = False


class Trim(msgspec.Struct, tag="trim", frozen=True):
    """The slice is over: give freed memory back to the system; answered by ``Trimmed``."""


class IndexResult(msgspec.Struct, tag="indexed", frozen=True):
    """The answer to an ``IndexJob``."""

    id: int
    ok: bool
    shard: msgspec.Raw
    """A ``Shard`` in MessagePack; ``nil`` when ``ok`` is false."""
    message: str
    """Why not ok, or which arguments had to be left out."""
    used_fallback: bool
    cpu_seconds: float
    wall_seconds: float
    peak_rss: int
    """Bytes: the worker's high-water mark while it did this job."""
    spooled: int = 0
    """``Shard.spooled``."""
    unwritten: bool = False
    """Not ok, because the shard could not be spooled; ``message`` says why. Nothing is claimed."""
    refused: bool = False
    """libclang gave no translation unit for ``arguments``. If it ran out of memory or crashed, it
    said so on stderr, and the process is good for nothing more."""
    declined: str = ""
    """Why the unit was parsed without the shared preambles that came with the job; a sentence."""
    stale: bool = False
    """They could not be read, or a header has changed since: nobody can use them any more."""


class PreambleBuilt(msgspec.Struct, tag="preamble_built", frozen=True):
    """The answer to a ``BuildPreamble``."""

    id: int
    ok: bool
    shard: msgspec.Raw
    """A ``Shard`` of the headers that were not claimed yet, no main file among them; ``nil`` when
    ``ok`` is false."""
    message: str
    """Why not ok."""
    dropped: list[int]
    """0-based lines of ``source`` that were left out."""
    files: list[bytes]
    """Real paths of the headers that it adds to its parents."""
    keys: bytes
    """Their claims, as in :class:`KnownFiles`, in the order of ``files``, each before those of the
    branches that were read."""
    size: int
    """Bytes of the precompiled header and its facts on disk."""
    cpu_seconds: float
    wall_seconds: float
    peak_rss: int
    spooled: int = 0
    """As in :class:`IndexResult`."""


class Trimmed(msgspec.Struct, tag="trimmed", frozen=True):
    """The answer to ``Trim``."""

    rss: int
    rss_before: int
    disk: int = 0
    """Bytes of a document host's preamble files."""


class Started(msgspec.Struct, tag="started", frozen=True):
    """A child's first frame: it has loaded libclang and waits for work."""

    pid: int
    libclang: str
    """libclang's version text."""


class Failed(msgspec.Struct, tag="failed", frozen=True):
    """A child cannot work at all (libclang not found, another version, ...)."""

    message: str


WorkerRequest: TypeAlias = IndexJob | BuildPreamble | KnownFiles | Trim
WorkerReply: TypeAlias = Started | Failed | IndexResult | PreambleBuilt | Trimmed

# --- the planner of shared preambles -----------------------------------------------------------


class FlagGroup(msgspec.Struct, array_like=True, frozen=True):
    """Units that are compiled with the same arguments, ``-x`` and the language first."""

    directory: bytes
    arguments: list[bytes]
    units: list[bytes]


class PlanPreambles(msgspec.Struct, tag="plan", frozen=True):
    """What is worth precompiling for these units? Answered by ``PreamblePlan``."""

    id: int
    groups: list[FlagGroup]


class PlannedPreamble(msgspec.Struct, array_like=True, frozen=True):
    """A preamble to be, for a ``BuildPreamble``.

    ``parent`` is a position in the plan, -1 for none. ``key`` is a hash of all that it is made of
    (arguments, parent, content and time of the headers), hexadecimal. ``size`` counts the bytes of
    headers that it adds to its parent; ``units`` are those that sit on it and on no child of it.
    """

    parent: int
    key: str
    directory: bytes
    arguments: list[bytes]
    source: bytes
    size: int
    units: list[bytes]


class PreamblePlan(msgspec.Struct, tag="planned", frozen=True):
    """Answer to ``PlanPreambles``; parents come before their children."""

    id: int
    preambles: list[PlannedPreamble]
    cpu_seconds: float
    peak_rss: int


PlannerReply: TypeAlias = Started | PreamblePlan
