"""What ``.clangd`` says of open files: at hand, live, and which diagnostics it takes away."""

from __future__ import annotations

import asyncio

import pytest

from cppls.core.model import Diagnostic, Severity, Span
from cppls.engine.configs import FileConfigs, unsuppressed
from cppls.project.clangd_values import Config, Diagnostics, Hover

CODES = ("-Wshadow", "unused-includes", "modernize-use-nullptr", "no_member", "")


@pytest.mark.parametrize(
    ("suppress", "left"),
    [
        ((), CODES),
        (("shadow",), CODES[1:]),
        (("-Wshadow", "unused-includes"), CODES[2:]),
        (("modernize-use-nullptr", "err_unknown"), (*CODES[:2], "no_member", "")),
        (("err_no_member",), (*CODES[:3], "")),
        (("no_member",), (*CODES[:3], "")),
        (("*",), ()),
    ],
)
def test_what_is_suppressed_is_not_shown(suppress: tuple[str, ...], left: tuple[str, ...]) -> None:
    found = [Diagnostic("/a.c", Span(0, 0, 0, 1), Severity.WARNING, "m", code) for code in CODES]
    config = Config(diagnostics=Diagnostics(suppress=suppress))
    assert tuple(each.code for each in unsuppressed(found, config)) == left


async def test_settings_that_are_written_count_at_once_for_open_files() -> None:
    written = Config()
    heard: list[str] = []

    async def fetch(_: str) -> Config:
        return written

    configs = FileConfigs(fetch, heard.append)
    configs.opened("/a.c")
    await asyncio.sleep(0)
    assert configs.of("/a.c") == Config()

    written = Config(hover=Hover(show_aka=False))
    configs.reload()
    await asyncio.sleep(0.01)
    assert (configs.of("/a.c"), heard) == (written, ["/a.c"])
    configs.closed("/a.c")
    assert configs.of("/a.c") == Config()
