"""Live diagnostics as the main file's: ranges, notes, corrections, tags, errors in headers."""

from __future__ import annotations

from cppls.core.live_messages import LiveDiagnostic, LiveEdit, LiveNote
from cppls.core.model import Diagnostic, Edit, FixIt, Note, Severity, Span
from cppls.core.text import Text
from cppls.engine.diagnostics import MAX_DIAGNOSTICS, main_file_diagnostics

PATH = "/p/a.cpp"
TEXT = Text(b'#include "sub/h.h"\nint x = lenght(y);\n')
NAME = Span(1, 8, 1, 14)
ERROR = Severity.ERROR.value


def live(
    path: bytes = b"/p/a.cpp",
    severity: int = ERROR,
    code: str = "",
    notes: list[LiveNote] | None = None,
    fixits: list[LiveEdit] | None = None,
    message: str = "no such thing",
) -> LiveDiagnostic:
    return LiveDiagnostic(path, NAME, severity, message, code, "", notes or [], fixits or [])


def convert(*diagnostics: LiveDiagnostic) -> list[Diagnostic]:
    lines = {b"/p/sub/h.h": 0, b"/q/deep.h": 0, b"/q/by-macro.h": 1, b"/q/option.h": -1}
    return main_file_diagnostics(PATH, TEXT, diagnostics, lines)


def test_a_correction_says_what_it_changes() -> None:
    change = LiveEdit(b"/p/a.cpp", NAME, "length")
    insert = LiveEdit(b"/p/a.cpp", Span(1, 14, 1, 14), "(")
    remove = LiveEdit(b"/p/a.cpp", NAME, "")
    found = convert(*(live(fixits=[edit]) for edit in (change, insert, remove)))
    assert [diagnostic.fixits for diagnostic in found] == [
        [FixIt("change 'lenght' to 'length'", [Edit(NAME, "length")])],
        [FixIt("insert '('", [Edit(Span(1, 14, 1, 14), "(")])],
        [FixIt("remove 'lenght'", [Edit(NAME, "")])],
    ]


def test_a_note_with_a_correction_becomes_one_and_another_stays_a_note() -> None:
    helpful = LiveNote(
        b"/p/a.cpp", NAME, "did you mean 'length'?", [LiveEdit(b"/p/a.cpp", NAME, "length")]
    )
    plain = LiveNote(b"/p/sub/h.h", NAME, "declared here", [])
    [found] = convert(live(notes=[helpful, plain]))
    assert found.fixits == [FixIt("did you mean 'length'?", [Edit(NAME, "length")])]
    assert found.notes == [Note("/p/sub/h.h", NAME, "declared here")]


def test_a_correction_of_another_file_is_not_offered() -> None:
    assert convert(live(fixits=[LiveEdit(b"/p/sub/h.h", NAME, "x")]))[0].fixits == []


def test_unused_and_deprecated_things_are_tagged() -> None:
    codes = ["-Wunused-variable", "-Wdeprecated-declarations", "-Wshadow", "-Wunused-result"]
    found = convert(*(live(severity=2, code=code) for code in codes))
    assert [diagnostic.tags for diagnostic in found] == [
        ["unnecessary"],
        ["deprecated"],
        [],
        [],
    ]


def test_an_error_has_clangds_name_where_that_is_known() -> None:
    says = "use of undeclared identifier 'lenght'"
    wrong, in_header = live(message=says), live(b"/p/sub/h.h", message=says)
    warning = live(severity=Severity.WARNING.value, message=says)
    by_option = live(code="-Wundeclared", message=says)
    found = convert(wrong, in_header, warning, by_option, live())
    names = ["undeclared_var_use", "undeclared_var_use", "", "-Wundeclared", ""]
    assert [diagnostic.code for diagnostic in found] == names


def test_the_first_error_of_a_header_is_shown_at_its_include() -> None:
    [found] = convert(live(b"/p/sub/h.h"), live(b"/p/sub/h.h"), live(b"/p/sub/h.h", severity=2))
    assert found.span == Span(0, 9, 0, 18)
    assert found.message == "In included file: no such thing"
    assert found.notes[0].path == "/p/sub/h.h"


def test_an_error_of_a_header_is_shown_at_the_include_that_leads_there() -> None:
    assert convert(live(b"/q/deep.h"))[0].span == Span(0, 9, 0, 18)
    assert convert(live(b"/q/by-macro.h"))[0].span == Span(1, 0, 1, 18)


def test_an_error_of_a_file_that_no_line_includes_is_shown_at_the_start() -> None:
    for path in (b"/q/option.h", b"/q/unknown.h"):
        assert convert(live(path))[0].span == Span(0, 0, 0, 0)


def test_a_flood_is_cut_off() -> None:
    assert len(convert(*[live()] * (MAX_DIAGNOSTICS + 5))) == MAX_DIAGNOSTICS


def test_what_libclang_keeps_saying_after_too_many_errors_is_left_out() -> None:
    stale = LiveDiagnostic(
        b"", Span(0, 0, 0, 0), 4, "too many errors emitted, stopping now", "", "", [], []
    )
    assert [diagnostic.message for diagnostic in convert(stale, live())] == ["no such thing"]
