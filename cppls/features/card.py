"""What a hover shows of a symbol, as a value, and its two forms of text.

The order is clangd's: what it is, its type, value and layout, its documentation, its source.
Must not know where the facts come from.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Final, Literal

from cppls.core.model import Location, SymbolFlag, SymbolKind
from cppls.features.documentation import as_plain_text, to_markdown, uncomment

_WORDS = {
    SymbolKind.UNEXPOSED: "symbol",
    SymbolKind.TYPEDEF: "typedef",
    SymbolKind.ENUM_CONSTANT: "enumerator",
    SymbolKind.STATIC_VARIABLE: "static variable",
    SymbolKind.STATIC_METHOD: "static method",
    SymbolKind.METHOD: "method",
    SymbolKind.CONVERSION: "conversion function",
    SymbolKind.LOCAL_VARIABLE: "variable",
}


@dataclass(frozen=True, slots=True)
class Card:
    """Facts about one symbol; empty or -1 where unknown.

    ``definition`` is its declaration as source text, ``container`` the qualified name of what it
    is a member of, ``size`` and ``align`` bytes, ``offset_bits`` a field's place and
    ``padding_bits`` what is unused behind it, ``result`` and ``parameters`` those of a function,
    ``expansion`` what the use of a macro becomes, and ``documentation`` the raw comment.
    ``language`` is the Markdown name of the source language.
    """

    name: str
    kind: SymbolKind
    flags: SymbolFlag = SymbolFlag.NONE
    container: str = ""
    type: str = ""
    canonical_type: str = ""
    definition: str = ""
    value: str = ""
    size: int = -1
    align: int = -1
    offset_bits: int = -1
    padding_bits: int = -1
    result: str = ""
    parameters: tuple[str, ...] = ()
    expansion: str = ""
    access: str = ""
    documentation: str = ""
    comment_format: Literal["PlainText", "Markdown", "Doxygen"] = "Doxygen"
    declared: Location | None = None
    provider: str = ""
    """The header to include for it, with its signs."""
    language: str = "cpp"

    @property
    def title(self) -> str:
        """``class template``, ``static method``, ... in words."""
        word = _WORDS.get(self.kind) or self.kind.name.lower().replace("_", " ")
        template = self.flags & SymbolFlag.TEMPLATE and self.kind != SymbolKind.TEMPLATE_PARAMETER
        return f"{word} template" if template else word

    def markdown(self) -> str:
        """The card as Markdown."""
        name = code(self.name) if self.name else "(anonymous)"
        sections = [f"### {self.title} {name}"]
        facts = [
            f"{label}: {code(source) if source else ''}{words}"
            for label, source, words in self._facts()
        ]
        if facts:
            sections.append("  \n".join(facts))
        if self.parameters:
            listed = "\n".join(f"- {code(parameter)}" for parameter in self.parameters)
            sections.append(f"Parameters:\n\n{listed}")
        if self.documentation:
            sections.append(_AS_MARKDOWN[self.comment_format](self.documentation))
        if self.definition:
            sections.append(fenced(self._source(), self.language))
        return "\n\n---\n".join(section for section in sections if section)

    def plain_text(self) -> str:
        """The card for a client without Markdown."""
        sections = [f"{self.title} {self.name or '(anonymous)'}"]
        facts = [f"{label}: {source}{words}" for label, source, words in self._facts()]
        sections.append("\n".join(facts))
        if self.parameters:
            sections.append("\n".join(["Parameters:", *(f"- {each}" for each in self.parameters)]))
        sections.append(uncomment(self.documentation))
        sections.append(self._source() if self.definition else "")
        return "\n\n".join(section for section in sections if section)

    def _facts(self) -> list[tuple[str, str, str]]:
        """(label, source text, words) of each fact worth a line."""
        facts: list[tuple[str, str, str]] = []
        if self.result:
            facts.append(("Returns", self.result, ""))
        elif self.type:
            facts.append(("Type", self.type, ""))
        if not self.result and self.canonical_type not in ("", self.type):
            facts.append(("Canonical type", self.canonical_type, ""))
        if self.value:
            facts.append(("Value", self.value, _hexadecimal(self.value)))
        if self.size >= 0:
            facts.append(("Size", "", _count(self.size, "byte") + self._layout()))
        if self.declared is not None:
            place = f"{os.path.basename(self.declared.path)}:{self.declared.span.line + 1}"
            facts.append(("Declared in", place, ""))
        if self.provider:
            facts.append(("Provided by", self.provider, ""))
        return facts

    def _layout(self) -> str:
        parts: list[str] = []
        if self.offset_bits >= 0:
            whole, bits = divmod(self.offset_bits, 8)
            parts.append(
                f"offset {_count(whole, 'byte')}" + (f" {_count(bits, 'bit')}" if bits else "")
            )
        if self.padding_bits > 0:
            whole, bits = divmod(self.padding_bits, 8)
            size = _count(self.padding_bits, "bit") if bits else _count(whole, "byte")
            parts.append(f"{size} of padding behind it")
        if self.align > 0:
            parts.append(f"alignment {_count(self.align, 'byte')}")
        return "".join(f", {part}" for part in parts)

    def _source(self) -> str:
        access = f"{self.access}: " if self.access else ""
        inside = f"// In {self.container}\n" if self.container else ""
        expansion = f"\n\n// Expands to\n{self.expansion}" if self.expansion else ""
        return f"{inside}{access}{self.definition}{expansion}"


_AS_MARKDOWN: Final = {
    "PlainText": as_plain_text,
    "Markdown": uncomment,
    "Doxygen": to_markdown,
}


def code(text: str) -> str:
    """``text`` as Markdown inline code, whatever backticks and line ends it holds."""
    text = " ".join(text.split())
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    marks = "`" * (longest + 1)
    space = " " if longest else ""
    return f"{marks}{space}{text}{space}{marks}"


def fenced(source: str, language: str) -> str:
    """``source`` as a Markdown code block."""
    longest = max((len(run) for run in re.findall(r"`+", source)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{source}\n{fence}"


def _count(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def _hexadecimal(value: str) -> str:
    """`` (0xff)`` behind whole numbers that are easier to read so."""
    if not re.fullmatch(r"\d+", value) or int(value) < 10:
        return ""
    return f" ({int(value):#x})"
