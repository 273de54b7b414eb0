"""A raw comment as a reader wants it: comment marks off, Doxygen commands as Markdown.

Pure text to text; must not know of symbols, files or protocols. Commands are those of
doxygen.nl/manual/commands.html that occur in real code; an unknown one is left as written.
"""

from __future__ import annotations

import re
import textwrap
from typing import Final

_LINE_MARK: Final = re.compile(r"[ \t]*//[/!]?<?[ \t]?(?P<text>.*)")
_BLOCK: Final = re.compile(r"[ \t]*/\*(?:[*!](?!/)<?)?(?P<text>.*?)\*/", re.DOTALL)
_DECORATION: Final = re.compile(r"^[ \t]*\*(?!\*)[ \t]?", re.MULTILINE)
_LAST_RULE: Final = re.compile(r"\n[ \t]*\*+$")
_RULE: Final = re.compile(r"[-=*/_#~+\s]{4,}")

_TITLES: Final = {
    "attention": "Attention",
    "bug": "Bug",
    "deprecated": "Deprecated",
    "exception": "Throws",
    "invariant": "Invariant",
    "note": "Note",
    "post": "Postcondition",
    "pre": "Precondition",
    "remark": "Remark",
    "remarks": "Remark",
    "return": "Returns",
    "returns": "Returns",
    "result": "Returns",
    "sa": "See also",
    "see": "See also",
    "since": "Since",
    "throw": "Throws",
    "throws": "Throws",
    "todo": "To do",
    "warning": "Warning",
}
_NAMED: Final = {
    "param": "Parameters",
    "tparam": "Template parameters",
    "retval": "Return values",
}
"""Commands whose first word is a name; those of one sort that follow each other are one list."""

_PARAGRAPH: Final = re.compile(r"\s*[@\\](?P<command>[a-z]+)(?:\[(?P<flags>[a-z, ]+)\])?(?!\w)")
_SILENT: Final = frozenset({"brief", "short", "details", "ingroup", "addtogroup", "li", "arg"})
_CODE_START: Final = re.compile(r"\s*[@\\](?P<kind>code|verbatim)(?:\{\.?(?P<language>\w*)\})?")
_INLINE: Final = (
    (re.compile(r"[@\\][cp]\s+([^\s,;]*[^\s,;.:])"), r"`\1`"),
    (re.compile(r"[@\\](?:a|e|em)\s+(\S*\w)"), r"*\1*"),
    (re.compile(r"[@\\]b\s+(\S*\w)"), r"**\1**"),
    (re.compile(r"[@\\]ref\s+(\S*\w)"), r"`\1`"),
    (re.compile(r"[@\\]f\$(.*?)[@\\]f\$"), r"`\1`"),
    (re.compile(r"[@\\]n\b"), "\n"),
    (re.compile(r"<(code|tt)>(.*?)</\1>"), r"`\2`"),
    (re.compile(r"<(b|strong)>(.*?)</\1>"), r"**\2**"),
    (re.compile(r"<(i|em)>(.*?)</\1>"), r"*\2*"),
    (re.compile(r"<(?:br|p)\s*/?>|</p>"), "\n"),
    (re.compile(r"[@\\]([@\\&$#<>%\"])"), r"\1"),
)
_CODE_SPAN: Final = re.compile(r"(`+[^`]+`+)")


def uncomment(raw: str) -> str:
    """``raw`` without comment marks, decoration and common indentation.

    ``raw`` may be several comments below one another, as compilers attach them.
    """
    raw = raw.replace("\r\n", "\n").replace("\r", "\n")
    parts: list[str] = []
    rest = raw.strip()
    while rest:
        if block := _BLOCK.match(rest):
            parts += _block_lines(block["text"])
        elif not (block := _LINE_MARK.match(rest)):
            # Not a comment after all: shown as it is rather than lost.
            parts += rest.split("\n")
            break
        else:
            parts.append(block["text"])
        rest = rest[block.end() :].lstrip("\n")
    kept = ["" if _RULE.fullmatch(line) else line.rstrip() for line in parts]
    return textwrap.dedent("\n".join(kept)).strip("\n")


def to_markdown(raw: str) -> str:
    """A raw comment as Markdown."""
    out: list[str] = []
    listed = fence = ""
    for line in uncomment(raw).split("\n"):
        if fence:
            ends = re.match(rf"\s*[@\\]end{fence}", line)
            out.append("```\n" if ends else line)
            fence = "" if ends else fence
        elif start := _CODE_START.match(line):
            fence = start["kind"]
            out.append("\n```" + ((start["language"] or "cpp") if fence == "code" else ""))
        else:
            listed = _convert_line(line, listed, out)
    if fence:
        out.append("```")
    return re.sub(r"\n{3,}", "\n\n", "\n".join(out)).strip("\n")


def as_plain_text(raw: str) -> str:
    """A raw comment as Markdown that shows it as it is written, line by line."""
    lines = (_MARKUP.sub(r"\\\1", line) for line in uncomment(raw).split("\n"))
    return "  \n".join(lines)


_MARKUP: Final = re.compile(r"([\\`*_#<\[\]|~]|(?<!\S)[-+](?=\s)|(?<=\d)\.(?=\s))")


def _block_lines(text: str) -> list[str]:
    first, *others = _LAST_RULE.sub("\n", text).split("\n")
    decorated = [line for line in others if line.strip()]
    if all(_DECORATION.match(line) for line in decorated):
        others = [_DECORATION.sub("", line) for line in others]
    else:
        others = textwrap.dedent("\n".join(others)).split("\n")
    return [first.strip(" \t*"), *others]


def _convert_line(line: str, listed: str, out: list[str]) -> str:
    """Append ``line`` as Markdown; which list of names it leaves open."""
    command = _PARAGRAPH.match(line)
    word = command["command"] if command else ""
    text = line[command.end() :].strip() if command else line
    if word in _NAMED:
        if listed != word:
            out += ["", f"**{_NAMED[word]}**", ""]
        name, _, about = text.partition(" ")
        out.append(f"- `{name}`" + (f": {_inline(about.strip())}" if about.strip() else ""))
        return word
    if word in _TITLES:
        out += ["", f"**{_TITLES[word]}:** {_inline(text)}"]
        return ""
    if word == "par":
        out += ["", f"**{_inline(text)}**" if text else ""]
        return ""
    if word in _SILENT:
        out.append(("- " if word in ("li", "arg") else "") + _inline(text))
        return ""
    if listed and line.strip():
        # A list item goes on where its text is indented.
        out.append("  " + _inline(line.strip()))
        return listed
    out.append(line if line.startswith("    ") else _inline(line))
    return ""


def _inline(text: str) -> str:
    """Inline commands converted; what Markdown would swallow outside of code escaped."""
    parts = _CODE_SPAN.split(text)
    return "".join(part if index % 2 else _escape(part) for index, part in enumerate(parts))


def _escape(text: str) -> str:
    for pattern, replacement in _INLINE:
        text = pattern.sub(replacement, text)
    parts = _CODE_SPAN.split(text)
    parts[::2] = [re.sub(r"^(\s*)#", r"\1\\#", part.replace("<", "\\<")) for part in parts[::2]]
    return "".join(parts)
