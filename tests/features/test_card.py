"""A hover card in Markdown and in plain text."""

from __future__ import annotations

from cppls.core.model import Location, Span, SymbolFlag, SymbolKind
from cppls.features.card import Card, code

FIELD = Card(
    name="size",
    kind=SymbolKind.FIELD,
    container="ns::Buffer",
    type="size_t",
    canonical_type="unsigned long",
    definition="size_t size = 255",
    value="255",
    size=8,
    align=8,
    offset_bits=68,
    access="public",
    documentation="/// Bytes in use.",
    declared=Location("/p/buffer.h", Span(11, 9, 11, 13)),
)


def test_a_card_in_markdown() -> None:
    assert FIELD.markdown() == (
        "### field `size`\n\n---\n"
        "Type: `size_t`  \nCanonical type: `unsigned long`  \n"
        "Value: `255` (0xff)  \n"
        "Size: 8 bytes, offset 8 bytes 4 bits, alignment 8 bytes  \n"
        "Declared in: `buffer.h:12`\n\n---\n"
        "Bytes in use.\n\n---\n"
        "```cpp\n// In ns::Buffer\npublic: size_t size = 255\n```"
    )


def test_a_card_in_plain_text() -> None:
    assert FIELD.plain_text() == (
        "field size\n\n"
        "Type: size_t\nCanonical type: unsigned long\n"
        "Value: 255 (0xff)\n"
        "Size: 8 bytes, offset 8 bytes 4 bits, alignment 8 bytes\n"
        "Declared in: buffer.h:12\n\n"
        "Bytes in use.\n\n"
        "// In ns::Buffer\npublic: size_t size = 255"
    )


def test_what_is_unknown_is_left_out() -> None:
    assert Card(name="f", kind=SymbolKind.FUNCTION).markdown() == "### function `f`"
    assert Card(name="", kind=SymbolKind.STRUCT).plain_text() == "struct (anonymous)"


def test_a_template_says_so() -> None:
    card = Card(name="vector", kind=SymbolKind.CLASS, flags=SymbolFlag.TEMPLATE)

    assert card.title == "class template"


def test_backticks_cannot_break_out_of_code() -> None:
    assert code("a`b") == "`` a`b ``"
    card = Card(name="M", kind=SymbolKind.MACRO, definition="#define M ```", language="c")
    assert card.markdown().endswith("````c\n#define M ```\n````")
