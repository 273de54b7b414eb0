"""Reading one ``.clangd`` file: YAML documents into fragments, each checked key by key.

What is wrong with a key costs that key alone and is told with its place; a file that is no YAML
costs itself. All scalars are read as text, as clangd does: ``No`` is a word until a truth value is
wanted. Aliases and tags build nothing: the loader makes texts, lists and mappings only. Knows the
sections of ``clangd_values.py``; must not know which files a fragment is for but by its ``If``.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import (
    Any,
    Final,
    Literal,
    NamedTuple,
    TypeAlias,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

import msgspec

from cppls.core.files import read_file
from cppls.project.clangd_values import Condition, Config, FlagEdit
from cppls.project.problems import Problems

MAX_SIZE: Final = 1 << 20
"""Bytes; a larger file is no settings."""

Values: TypeAlias = "dict[str, Any]"
"""Section to key to value, checked; lists are tuples."""


@dataclass(frozen=True, slots=True, eq=False)
class Fragment:
    """One YAML document of a file; equal to no other."""

    folder: str
    """Paths are matched relative to it; empty for the user's own file."""
    match: re.Pattern[str] | None
    exclude: re.Pattern[str] | None
    values: Values
    edit: FlagEdit | None

    def applies_to(self, path: str) -> bool:
        """Whether the fragment speaks of ``path``, a real path."""
        if self.match is None and self.exclude is None:
            return True
        name = os.path.relpath(path, self.folder) if self.folder else path
        name = name.replace(os.sep, "/")
        if self.match is not None and self.match.fullmatch(name) is None:
            return False
        return self.exclude is None or self.exclude.fullmatch(name) is None


def read(path: str, folder: str, problems: Problems) -> list[Fragment]:
    """The fragments of the file at ``path``, none if there is no such file.

    ``folder``: what its paths are relative to; empty for the user's own file, where they are not.
    """
    try:
        documents = _documents(path)
    except FileNotFoundError:
        return []
    except OSError as error:
        problems.add(path, f"cannot be read: {error.strerror}", "It is left out until then.")
        return []
    except ValueError as error:
        problems.add(path, f"is no YAML: {error}", "Nothing of it counts until it is mended.")
        return []
    return [
        fragment
        for document in documents
        if (fragment := _fragment(document, path, folder, problems)) is not None
    ]


def merge(into: Values, more: Mapping[str, Any]) -> None:
    """Lay ``more`` over ``into``: lists grow, all else is replaced."""
    for key, value in more.items():
        known = into.get(key)
        if isinstance(value, dict):
            if not isinstance(known, dict):
                known = into[key] = {}
            merge(cast("Values", known), cast("Values", value))
        elif isinstance(value, tuple) and isinstance(known, tuple):
            into[key] = (*known, *value)
        else:
            into[key] = value


_MANUAL: Final = "See https://clangd.llvm.org/config."
_TRUE: Final = ("true", "yes", "on", "y")
_FALSE: Final = ("false", "no", "off", "n")


def _documents(path: str) -> list[Any]:
    """The YAML documents of a file. Raises ``OSError``, ``ValueError`` for what is no YAML."""
    text = read_file(path)
    if len(text) > MAX_SIZE:
        raise ValueError(f"it has more than {MAX_SIZE >> 20} MB")
    # Few projects have settings; those without do not pay for the package.
    import yaml

    try:
        # The base loader builds texts, lists and mappings, and nothing that a tag names.
        return list(yaml.load_all(text.decode("utf-8-sig"), Loader=yaml.BaseLoader))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark is not None else 1
        raise ValueError(f"line {line}: {error.problem}") from error
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error


class _Place(NamedTuple):
    """Where a value stands, for what is told of it."""

    path: str
    key: str
    problems: Problems

    def below(self, key: str) -> _Place:
        return self._replace(key=f"{self.key}.{key}" if self.key else key)

    def complain(self, message: str) -> None:
        self.problems.add(self.path, f"{self.key}: {message}" if self.key else message, _MANUAL)


def _fragment(document: Any, path: str, folder: str, problems: Problems) -> Fragment | None:
    place = _Place(path, "", problems)
    if document in (None, ""):
        return None
    if not isinstance(document, dict):
        place.complain("a document must be a mapping of sections")
        return None
    sections = cast("dict[Any, Any]", document)
    raw = sections.pop("If", {})
    condition = _checked(Condition, raw, place.below("If"))
    if not isinstance(raw, dict) or len(condition) != len(cast("dict[Any, Any]", raw)):
        return None  # As clangd: what is meant for some files must not count for all.
    try:
        match, exclude = (_regex(condition.get(key, ())) for key in ("PathMatch", "PathExclude"))
    except ValueError as error:
        place.below("If").complain(f"{error}; what follows it is left out")
        return None
    values = _checked(Config, sections, place)
    _name_unused(values, place)
    flags = cast("Values", values.get("CompileFlags", {}))
    database = flags.get("CompilationDatabase", "Ancestors")
    if database not in ("Ancestors", "None"):
        # Relative in a user's own file means nothing; clangd takes it as it is.
        flags["CompilationDatabase"] = os.path.normpath(os.path.join(folder or "/", database))
    edit = FlagEdit(flags.get("Compiler", ""), flags.get("Remove", ()), flags.get("Add", ()))
    return Fragment(folder, match, exclude, values, None if edit == FlagEdit() else edit)


_UNUSED: Final = {
    ("CompileFlags", "BuiltinHeaders"): "headers that are built in are always libclang's own",
    ("Index", "External"): "cppls has an index of its own only",
    ("Index", "StandardLibrary"): "of the standard library what the project includes is indexed",
    ("Diagnostics", "ClangTidy", "FastCheckFilter"): "clang-tidy runs beside, however slow",
    ("InlayHints", "DefaultArguments"): "default arguments are not shown",
}
"""What clangd has and cppls does not, and why that is."""


def _name_unused(values: Values, place: _Place) -> None:
    """Tell of settings that are right and have no effect, unless they ask for nothing."""
    for keys, reason in _UNUSED.items():
        value: Any = values
        for key in keys:
            value = cast("Values", value).get(key) if isinstance(value, dict) else None
        if value not in (None, False, "None", "Clangd"):
            place.below(".".join(keys)).complain(f"is not used by cppls: {reason}")


def _regex(patterns: Sequence[str]) -> re.Pattern[str] | None:
    """Raises ``ValueError`` for what is no regular expression, or might take for ever."""
    for pattern in patterns:
        if _COSTLY.search(pattern):
            raise ValueError(f"{pattern!r} repeats what repeats or chooses")
    try:
        return re.compile("|".join(f"(?:{each})" for each in patterns)) if patterns else None
    except re.error as error:
        raise ValueError(f"no regular expression: {error}") from error


# Matching these can take time that doubles with each character of a path.
_COSTLY: Final = re.compile(r"\([^()]*[*+}|][^()]*\)[*+{]")


def _checked(struct: type[msgspec.Struct], raw: Any, place: _Place) -> Values:
    """The keys of ``raw`` that ``struct`` has, with values of their types."""
    if raw == "":
        return {}  # A section with nothing in it.
    if not isinstance(raw, dict):
        place.complain("must be a mapping")
        return {}
    hints = get_type_hints(struct)
    types = {field.encode_name: hints[field.name] for field in msgspec.structs.fields(struct)}
    types.pop("", None)
    checked: Values = {}
    for key, value in cast("dict[Any, Any]", raw).items():
        wanted = types.get(key)
        if wanted is None:
            near = difflib.get_close_matches(str(key), types, n=1)
            place.below(str(key)).complain(
                "is unknown" + (f"; did you mean {near[0]}?" if near else "")
            )
            continue
        _take(wanted, key, value, place.below(key), checked)
    return checked


def _take(wanted: Any, key: str, value: Any, place: _Place, into: Values) -> None:
    """Put ``value`` in ``into`` if it is, or can be read as, a ``wanted`` one."""
    section = next((t for t in (wanted, *get_args(wanted)) if _is_section(t)), None)
    if section is not None and (isinstance(value, dict) or wanted is section):
        into[key] = _checked(section, value, place)
        return
    if get_origin(wanted) is tuple and isinstance(value, str):
        value = (value,) if value else ()
    elif wanted is bool and isinstance(value, str):
        word = value.lower()
        value = True if word in _TRUE else False if word in _FALSE else value
    try:
        into[key] = msgspec.convert(value, wanted, strict=False)
    except msgspec.ValidationError:
        place.complain(f"must be {_described(wanted)}")


def _is_section(wanted: Any) -> bool:
    return isinstance(wanted, type) and issubclass(wanted, msgspec.Struct)


def _described(wanted: Any) -> str:
    if get_origin(wanted) is Literal:
        return "one of " + ", ".join(get_args(wanted))
    if get_origin(wanted) is tuple:
        return "a text or a list of texts"
    if get_origin(wanted) is dict:
        return "a mapping of texts"
    return {bool: "true or false", int: "a number", str: "a text"}.get(wanted, "a mapping or None")
