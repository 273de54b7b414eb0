"""Where a function's definition belongs that is written for its declaration.

In the source file of a header, among what that has of the same namespace; else directly behind the
class or declaration in the same file.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Final

from cppls.core.live_refactoring import Function, FunctionFlag
from cppls.core.model import Edit
from cppls.core.text import Text
from cppls.features.lexical import blanked
from cppls.features.lookup import look_up
from cppls.features.snapshot import Snapshot
from cppls.features.switch_source_header import switch_source_header
from cppls.features.tweaks.moving import (
    C_SUFFIXES,
    HEADERS,
    behind,
    conditions,
    namespace_around,
    refuse_unless,
)
from cppls.features.tweaks.selection import Refused, Selection, at
from cppls.features.tweaks.templates import Templates
from cppls.index.reader import Reader

_NAMESPACE: Final = re.compile(
    rb"\b(?P<inline>inline\s+)?namespace\b(?P<names>[\w\s:]*)\{|(?P<open>\{)|(?P<close>\})"
)
_INCLUDE: Final = re.compile(rb'^[ \t]*#[ \t]*include[ \t]*["<]([^">\n]+)[">]', re.MULTILINE)
_MOST_FILES: Final = 2000
"""Includes of includes are followed to so many files."""


@dataclass(frozen=True, slots=True)
class Home:
    """A place of ``path``, whose text is ``text``: there ``namespace`` is around it, and
    ``qualifier`` (``Class::``) stands before the name. ``specifier`` is what a definition there
    needs in front of it."""

    path: str
    text: Text
    offset: int
    namespace: str
    qualifier: str
    specifier: str = ""

    def insertion(self, code: str) -> Edit:
        """``code`` as a paragraph of its own."""
        head = self.text.data[: self.offset]
        lead = (
            "" if not head or head.endswith(b"\n\n") else "\n" if head.endswith(b"\n") else "\n\n"
        )
        rest = self.text.data[self.offset :]
        line, _, after = rest.partition(b"\n")
        if line.strip():
            trail = "\n" if line.lstrip().startswith(b"}") else "\n\n"
        else:
            trail = "" if rest and after[:1] in (b"", b"\n", b"\r", b"}") else "\n"
        return Edit(at(self.text.position(self.offset)), f"{lead}{code}{trail}")


async def home_of(
    selection: Selection, function: Function, templates: Templates | None = None
) -> Home:
    """Where the definition of a function of the selected file goes; that of one of ``templates``
    stays in its file. Raises ``Refused``."""
    if selection.path.endswith(HEADERS) and templates is None:
        elsewhere = await _source_of(selection)
        if elsewhere is not None:
            hidden = function.flags & FunctionFlag.HIDDEN
            refuse_unless(not hidden, "it is in a namespace or class without a name")
            return _in_source(*elsewhere, function)
    return _here(selection, function, templates)


async def includes(snapshot: Snapshot, path: str, wanted: set[str]) -> bool:
    """Whether ``path`` includes all of ``wanted``, directly or not, as far as the index knows."""
    return await look_up(snapshot, False, _reaches, path, wanted)


async def _source_of(selection: Selection) -> tuple[str, Text] | None:
    """The source that belongs to the selected header and includes it."""
    answer = await switch_source_header(selection.snapshot, selection.path)
    path = answer.items[0] if answer.items else ""
    text = selection.snapshot.text(path) if path else None
    if text is None:
        return None
    named = {os.path.basename(found) for found in _INCLUDE.findall(text.data)}
    if os.path.basename(selection.path).encode() not in named and not await includes(
        selection.snapshot, path, {selection.path}
    ):
        return None
    return path, text


def _reaches(reader: Reader, path: str, wanted: set[str]) -> bool:
    seen, waiting = {path}, [path]
    while waiting and len(seen) < _MOST_FILES and not wanted <= seen:
        targets = {each.target for each in reader.includes(waiting.pop())} - seen - {""}
        seen |= targets
        waiting += targets
    return wanted <= seen


def _here(selection: Selection, function: Function, templates: Templates | None) -> Home:
    if function.outermost is None:
        raise Refused("a macro wrote the class")
    place = behind(selection.text, function.outermost)
    line = selection.text.line(place.line)
    rest = blanked(line)[place.column :].strip()
    refuse_unless(not rest, "something else stands on the same line")
    classes = [scope.name for scope in function.scopes if not scope.is_namespace]
    refuse_unless(all(classes), "the class has no name")
    in_header = selection.path.endswith(HEADERS)
    is_inline = in_header and not selection.path.endswith(C_SUFFIXES)
    # What a template makes may be in many files anyway.
    is_inline = is_inline and not (templates is not None and templates.heads)
    offset = selection.text.offset(place) + len(line.rstrip(b"\r\n")) - place.column
    called = (templates or Templates([], None)).called(classes)
    specifier = "inline " if is_inline else ""
    namespace = namespace_around(selection)
    return Home(selection.path, selection.text, offset, namespace, called, specifier)


def _in_source(path: str, text: Text, function: Function) -> Home:
    namespaces = [scope.name for scope in function.scopes if scope.is_namespace and scope.name]
    named = [s.name for s in function.scopes if not s.is_inline and s.name]
    classes = [scope.name for scope in function.scopes if not scope.is_namespace]
    refuse_unless(conditions(text.data) == 0, f"{path}: an #if has no #endif")
    end = _namespace_end(text.data, namespaces) if namespaces else None
    if end is not None:
        around = "::".join(s.name for s in function.scopes if s.is_namespace and not s.is_inline)
        return Home(path, text, end, around, "".join(f"{name}::" for name in classes))
    return Home(path, text, len(text.data), "", "".join(f"{name}::" for name in named))


def _namespace_end(data: bytes, wanted: list[str]) -> int | None:
    """Where the last block of these namespaces ends, outside of all ``#if``; ``None``: nowhere."""
    stack: list[list[str] | None] = []
    found: int | None = None
    for match in _NAMESPACE.finditer(blanked(data)):
        if match["close"] is not None:
            if not stack:
                return None
            open_names = [name for names in stack for name in names or ("{",)]
            if open_names == wanted and conditions(data[: match.start()]) == 0:
                found = match.start()
            stack.pop()
        elif match["open"] is not None:
            stack.append(None)
        else:
            stack.append(match["names"].decode().replace("::", " ").split() or ["{"])
    return found if not stack else None
