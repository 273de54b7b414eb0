"""What every test stands on: caches and settings of the user's own stay out of the tests."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from hypothesis import settings

# No deadline: a busy machine is no defect. No database: what failed becomes a test of its own.
settings.register_profile("cppls", deadline=None, database=None)
settings.load_profile("cppls")

# A shell's background job ignores Ctrl-C, and so would the processes that are tested to end by it.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def private_cache(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """An empty cache folder of the test's own, handed to child processes as well."""
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("CPPLS_CACHE_DIR", str(folder))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder))
    return folder
