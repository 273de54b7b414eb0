"""The settings that ``.clangd`` files give open files, at hand without waiting.

They live with the project, on a thread of its own; what a parse or a question needs of them is
fetched when a file is opened, and again when a settings file changes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

from cppls.core.model import Diagnostic, Statistics
from cppls.project.clangd_values import Config

_DEFAULT: Final = Config()


class FileConfigs:
    """Used from the event loop's thread."""

    def __init__(
        self, fetch: Callable[[str], Awaitable[Config]], on_change: Callable[[str], None]
    ) -> None:
        """``on_change`` hears of open files whose settings are others than those used before."""
        self._fetch = fetch
        self._on_change = on_change
        self._configs: dict[str, Config] = {}
        self._open: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def of(self, path: str) -> Config:
        """The settings of an open file; the defaults of any other, and until they are known."""
        return self._configs.get(path, _DEFAULT)

    def opened(self, path: str) -> None:
        """Have the settings of ``path`` at hand from soon on."""
        self._open.add(path)
        self._load([path])

    def closed(self, path: str) -> None:
        """They are needed no more."""
        self._open.discard(path)
        self._configs.pop(path, None)

    def reload(self) -> None:
        """A file of settings may have changed."""
        self._load(list(self._open))

    def stop(self) -> None:
        """Fetch no more."""
        for task in self._tasks:
            task.cancel()

    def statistics(self) -> Statistics:
        """Files whose settings are at hand, and how many differ from the defaults."""
        special = sum(config != _DEFAULT for config in self._configs.values())
        return {"files": len(self._configs), "special": special}

    def _load(self, paths: Iterable[str]) -> None:
        async def load() -> None:
            for path in paths:
                config = await self._fetch(path)
                before = self.of(path)
                if path in self._open:
                    self._configs[path] = config
                    if config != before:
                        self._on_change(path)

        task = asyncio.ensure_future(load())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def unsuppressed(diagnostics: Iterable[Diagnostic], config: Config) -> list[Diagnostic]:
    """Those that ``Diagnostics: Suppress`` lets through; ``*`` lets none.

    A warning is named with or without its ``-W``, an error with or without ``err_``, clang-tidy's
    and cppls's own as they are shown.
    """
    suppressed = {
        name.removeprefix("err_").removeprefix("-W") for name in config.diagnostics.suppress
    }
    if "*" in suppressed:
        return []
    return [each for each in diagnostics if each.code.removeprefix("-W") not in suppressed]
