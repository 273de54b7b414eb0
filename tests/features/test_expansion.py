"""Macro expansion: what the preprocessor of the machine's compiler makes of the same text."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from cppls.features.expansion import Macro, TooLarge, expand, parse_define, tokens, use_at

DEFINES = r"""
#define ONE 1
#define TWO (ONE + ONE)
#define ADD(a, b) ((a) + (b))
#define TWICE(x) ADD(x, x)
#define STR(x) #x
#define XSTR(x) STR(x)
#define CAT(a, b) a ## b
#define XCAT(a, b) CAT(a, b)
#define NOTHING
#define SELF SELF + 1
#define EVEN ODD
#define ODD EVEN
#define LOG(fmt, ...) printf(fmt, __VA_ARGS__)
#define GNU(fmt, args...) printf(fmt, ## args)
#define OPT(fmt, ...) printf(fmt __VA_OPT__(,) __VA_ARGS__)
#define EMPTY() x
#define F(x) x
#define G F
#define z z[0]
#define LONG do { \
    call(ONE); \
  } while (0)
"""

USES = [
    "ONE",
    "TWO",
    "ADD(ONE, 2)",
    "ADD((1, 2), f(3, 4))",
    "TWICE(TWICE(x))",
    r'STR(a  +  "b\n" /* c */ d)',
    "STR(ONE) XSTR(ONE)",
    "CAT(ON, E) XCAT(ON, E)",
    "CAT(, b) CAT(a, ) CAT(,)",
    "NOTHING x NOTHING",
    "SELF",
    "EVEN ODD",
    'LOG("%d", 1, 2)',
    'GNU("x") GNU("x", 1)',
    'OPT("x") OPT("x", 1)',
    "EMPTY() EMPTY ()",
    "ADD",
    "ADD (1, 2)",
    "G(2)",
    "F(G)(3)",
    "F(z) z",
    "LONG",
    "- -ONE +F(+)",
    'STR(\'"\') STR("\\"")',
    "F(,)",
    "F((,))",
]


def macros() -> dict[str, Macro]:
    directives = DEFINES.replace("\\\n", "\\\r").split("\n")
    found = [parse_define(each.replace("\\\r", "\\\n")) for each in directives if each]
    return {macro.name: macro for macro in found if macro is not None}


@pytest.mark.skipif(shutil.which("gcc") is None, reason="gcc is the judge, and it is not here")
@pytest.mark.parametrize("use", USES)
def test_as_the_compiler_does(use: str) -> None:
    known = macros()
    judged = subprocess.run(
        ["gcc", "-E", "-P", "-x", "c", "-std=gnu2x", "-"],
        input=f"{DEFINES}{use}\n",
        capture_output=True,
        text=True,
    )
    # With too many arguments a use is left as it is.
    expected = use if judged.returncode else judged.stdout
    found = expand(tokens(use), known.get)
    assert [t.text for t in tokens(found)] == [t.text for t in tokens(expected)]


def test_a_string_is_made_of_what_was_written() -> None:
    found = expand(tokens('STR(a  +  "b\\n"/**/c)'), macros().get)
    assert found == '"a + \\"b\\\\n\\" c"'


def test_tokens_that_would_run_together_are_kept_apart() -> None:
    assert expand(tokens("-F(-)x"), macros().get) == "- -x"
    assert expand(tokens("ADD(1,2)"), macros().get) == "((1) + (2))"


def test_where_a_use_ends() -> None:
    find = macros().get
    found = use_at('ADD(f(1, 2), ")") + 3', find)
    assert found is not None
    assert found[1] == len('ADD(f(1, 2), ")")')
    assert use_at("ADD + 1", find) is None
    assert use_at("other(1)", find) is None


def test_what_grows_without_bound_is_given_up() -> None:
    doubling = {f"M{n}": parse_define(f"#define M{n} M{n + 1} M{n + 1}") for n in range(40)}
    with pytest.raises(TooLarge):
        expand(tokens("M0"), doubling.get)
