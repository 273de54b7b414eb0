"""URIs into paths and back, odd ones too."""

from __future__ import annotations

import pytest

from cppls.core.paths import from_uri, to_uri


@pytest.mark.parametrize("path", ["/a b/c.cpp", "/x/\udcff.h", "/100%/#?[1].c", "/ä/€.cpp"])
def test_a_path_survives_the_trip_through_its_uri(path: str) -> None:
    assert from_uri(to_uri(path)) == path


@pytest.mark.parametrize(
    "uri", ["untitled:Untitled-1", "git:/a.cpp?HEAD", "file://[bad", "file:///%00.c", "", "a b"]
)
def test_what_names_no_file_has_no_path(uri: str) -> None:
    assert from_uri(uri) is None
