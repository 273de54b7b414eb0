"""Which checks of clang-tidy a file wants: the ``.clang-tidy`` files above it, and ``.clangd``.

They are read here and handed over as one configuration, so that nothing of a workspace counts but
checks and their options: a ``.clang-tidy`` may also name compiler arguments, and those can load
plugins. Source: ``clang-tidy --help`` (``.clang-tidy``'s keys), https://clangd.llvm.org/config#clangtidy.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any, Final, cast

import yaml

from cppls.core.files import read_file
from cppls.project.clangd_values import ClangTidy
from cppls.project.locate import upwards

FILE_NAME: Final = ".clang-tidy"
_TAKEN: Final = ("Checks", "WarningsAsErrors", "CheckOptions", "FormatStyle")
_NEVER: Final = "-clang-diagnostic-*"
"""The compiler's own diagnostics are there already."""


class TidyConfigError(Exception):
    """A ``.clang-tidy`` file cannot be used; the text names it and says why."""


def tidy_config(path: str, root: str, settings: ClangTidy) -> str:
    """clang-tidy's ``--config`` for ``path``; empty when nobody wants a check.

    The nearest ``.clang-tidy`` counts, with those above it where it says ``InheritParentConfig``.
    Raises ``TidyConfigError``.
    """
    merged: dict[str, Any] = {}
    options: dict[str, Any] = {}
    checks: list[str] = []
    for config in reversed(list(_files(path, root))):
        checks += _checks(config.get("Checks"))
        options.update(_options(config.get("CheckOptions")))
        merged.update((key, config[key]) for key in _TAKEN if key in config)
    checks += settings.add
    checks += [f"-{check}" for check in settings.remove]
    options.update(settings.check_options)
    if not any(check and not check.startswith("-") for check in checks):
        return ""
    merged["Checks"] = ",".join([*checks, _NEVER])
    merged["CheckOptions"] = options
    # JSON is YAML, and no value can be taken for anything but a text.
    return json.dumps(merged)


def _files(path: str, root: str) -> Iterator[dict[str, Any]]:
    """The configurations that count, the nearest first."""
    trusted = set(upwards(root))
    folder = os.path.dirname(path)
    while folder in trusted or folder.startswith(root + os.sep):
        config = _read(os.path.join(folder, FILE_NAME))
        if config is not None:
            yield config
            if not config.get("InheritParentConfig"):
                return
        parent = os.path.dirname(folder)
        if parent == folder:
            return
        folder = parent


def _read(path: str) -> dict[str, Any] | None:
    try:
        config = yaml.safe_load(read_file(path))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise TidyConfigError(f"{path}: {error.strerror}") from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise TidyConfigError(f"{path}: it is not YAML: {reason}") from error
    if config is None:
        return {}
    if not isinstance(config, dict):
        raise TidyConfigError(f"{path}: it is no list of settings; see clang-tidy --dump-config")
    return cast("dict[str, Any]", config)


def _checks(value: Any) -> list[str]:
    """A text with commas or lines, or a list."""
    parts: list[Any] = (
        cast("list[Any]", value) if isinstance(value, list) else str(value or "").split(",")
    )
    return [check for part in parts for check in str(part).split()]


def _options(value: Any) -> dict[str, str]:
    """A mapping, or the older list of ``key`` and ``value``."""
    if isinstance(value, dict):
        options = cast("dict[Any, Any]", value)
        return {str(key): _text(option) for key, option in options.items()}
    entries: list[Any] = cast("list[Any]", value) if isinstance(value, list) else []
    pairs = [cast("dict[str, Any]", entry) for entry in entries if isinstance(entry, dict)]
    return {str(pair.get("key")): _text(pair.get("value")) for pair in pairs}


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
