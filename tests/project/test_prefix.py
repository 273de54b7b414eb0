"""What of an includer stands before its include directive."""

from __future__ import annotations

from cppls.project.prefix import prefix


def text_before(text: str, included: str = "/p/h.h", line: int = 0) -> str | None:
    found = prefix("/p/a.cpp", text.encode(), included, line)
    return None if found is None else found.text.decode()


def test_it_is_all_that_stands_above_the_directive() -> None:
    assert text_before('#include <x>\nint a;\n#include "h.h"\nint b;\n') == "#include <x>\nint a;\n"


def test_it_lies_beside_the_includer_under_a_name_of_its_own() -> None:
    found = prefix("/p/a.cpp", b'#include "sub/h.h"\n', "/p/sub/h.h", 0)
    assert found is not None
    assert (found.includer, found.path) == ("/p/a.cpp", "/p/a.cpp.before.h.h")


def test_of_several_directives_the_one_next_to_the_known_line_counts() -> None:
    text = '#define A\n#include "x/h.h"\n#define B\n  # include <y/h.h>\n'
    assert text_before(text, line=1) == "#define A\n"
    assert text_before(text, line=9) == '#define A\n#include "x/h.h"\n#define B\n'


def test_a_directive_that_is_gone_has_nothing_before_it() -> None:
    assert text_before('#include "other_h.h"\n// #include "h.h"\n') is None


def test_conditions_that_are_open_there_are_closed() -> None:
    text = '#if A\n#ifdef B\n#endif\n# ifndef C\n#include "h.h"\n#endif\n#endif\n'
    before = text_before(text)
    assert before is not None
    assert before.endswith("# ifndef C\n#endif\n#endif\n")
