"""Editors for the tests of features: one server for each profile and module."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from tests.lsp.editor import PROFILES, Editor
from tests.markers import parse


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=list(PROFILES))
async def running_editor(
    request: pytest.FixtureRequest, marked: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Editor]:
    """An editor on the module's project ``marked``, with its server; everything is indexed."""
    root = tmp_path_factory.mktemp("lsp") / "project"
    root.mkdir()
    project = parse(marked).write(root)
    editor = await Editor.start(request.param, project, root)
    await editor.indexed()
    yield editor
    await editor.stop()


@pytest.fixture
def editor(running_editor: Editor, caplog: pytest.LogCaptureFixture) -> Iterator[Editor]:
    """The editor, and the check that the test took all that it was told."""
    yield running_editor
    running_editor.finish_test()
    # The client's own side logs what it has no handler for.
    assert [record.getMessage() for record in caplog.records if record.levelno >= 30] == []
