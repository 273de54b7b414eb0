"""Statements become a function of their own.

Variables that they only read go by value where they are scalars, all others by reference; the one
that is declared inside and used behind is returned. It is taken for granted that nobody keeps the
address of such a variable.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Final

from cppls.core.live_anatomy import Node, NodeKind
from cppls.core.live_refactoring import (
    Function,
    FunctionAt,
    FunctionFlag,
    Local,
    LocalFlag,
    Region,
    RegionFacts,
    RegionFlag,
    TypeFact,
)
from cppls.core.model import Edit, Span
from cppls.core.text import Text
from cppls.features.lexical import blanked
from cppls.features.tweaks.moving import (
    C_SUFFIXES,
    HEADERS,
    before,
    declared,
    end_of,
    has_directives,
    identifiers,
    insertion,
    is_balanced,
    is_writable,
    namespace_around,
    qualifier_of,
    refuse_unless,
    reindented,
    scope_names,
    shortened,
    start_of,
    unused_name,
)
from cppls.features.tweaks.selection import EXTRACT, Edits, Offer, Refused, Selection

NAME: Final = "extracted"

_BLANK: Final = re.compile(rb"[\s;]*")
_BOUND: Final = re.compile(
    r"\b(?:co_await|co_yield|co_return|alloca|setjmp|va_start|va_arg|va_end|va_list"
    r"|__func__|__FUNCTION__|__PRETTY_FUNCTION__|__builtin_frame_address)\b"
)
_REASONS: Final = {
    RegionFlag.LEAVES: "a break or continue leaves the selection",
    RegionFlag.LABELS: "the selection has a goto, a label, or cases of a switch around it",
    RegionFlag.NAMES: "types or functions are declared in the function and used on both sides",
    RegionFlag.USINGS: "the function has using-declarations",
    RegionFlag.LAMBDA: "the selection is in a lambda",
    RegionFlag.MANY: "the selection mentions too many variables",
}
_FUNCTION_REASONS: Final = {
    FunctionFlag.TEMPLATE: "the function is a template, or in one",
    FunctionFlag.LOCAL: "the function is of a class in a function",
    FunctionFlag.MACRO: "a macro wrote the function",
    FunctionFlag.FRIEND: "the function is a friend that is defined in a class",
}


@dataclass(frozen=True, slots=True)
class _Part:
    """Statements of ``block``; ``span`` reaches to the last one's semicolon."""

    block: Node
    statements: list[Node]
    span: Span

    @property
    def returns(self) -> bool:
        """Whether nothing is done behind it: its last statement returns."""
        return self.statements[-1].kind == NodeKind.RETURN

    @property
    def is_last(self) -> bool:
        """Whether it ends with its block."""
        return self.block.children[-1] is self.statements[-1]


async def extract_function(selection: Selection) -> Offer | None:
    """On whole statements of one block."""
    part = _part(selection)
    if part is None:
        return None

    async def edits() -> Edits:
        function = await selection.live.ask(FunctionAt(start_of(part.span)))
        facts = await selection.live.ask(Region(part.span))
        if function is None or facts is None or function.body is None:
            raise Refused("the selection is not in a function")
        _check(selection, part, function, facts)
        return _edits(selection, part, function, facts)

    return Offer("Extract to function", EXTRACT, edits)


def _part(selection: Selection) -> _Part | None:
    text, data = selection.text, blanked(selection.text.data)
    start = text.offset(selection.start)
    end = text.offset(end_of(selection.span))
    for block in reversed([node for node in selection.chain if node.kind == NodeKind.COMPOUND]):
        inside = [
            node
            for node in block.children
            if start <= _offset(text, node)[0] and _offset(text, node)[1] <= end
        ]
        if not inside:
            continue
        first, last = _offset(text, inside[0])[0], _offset(text, inside[-1])[1]
        semicolon = re.match(rb"\s*;", data[last:])
        whole = last + (semicolon.end() if semicolon is not None else 0)
        # What is selected beside the statements must be nothing.
        if not _BLANK.fullmatch(data[start:first]) or not _BLANK.fullmatch(data[last:end]):
            return None
        if not is_balanced(text.data[first:whole]):
            return None
        begin, stop = text.position(first), text.position(whole)
        return _Part(block, inside, Span(begin.line, begin.column, stop.line, stop.column))
    return None


def _check(selection: Selection, part: _Part, function: Function, facts: RegionFacts) -> None:
    """Raises ``Refused`` where the statements would mean something else in another function."""
    code = selection.code(part.span)
    for flag, reason in _REASONS.items():
        refuse_unless(not facts.flags & flag, reason)
    for flag, reason in _FUNCTION_REASONS.items():
        refuse_unless(not function.flags & flag, reason)
    refuse_unless(
        part.returns or not facts.flags & RegionFlag.RETURNS,
        "a return leaves the selection, which goes on behind it",
    )
    refuse_unless(not has_directives(code.encode()), "the selection has preprocessor directives")
    bound = _BOUND.search(code)
    refuse_unless(bound is None, f"'{bound[0] if bound else ''}' belongs to the function itself")
    member = function.flags & FunctionFlag.MEMBER
    refuse_unless(
        member or not facts.flags & RegionFlag.PRIVATE, "it mentions members that are not public"
    )
    head = selection.text.slice(_head(function)).decode("utf-8", "replace")
    refuse_unless(
        not identifiers(head) & {"constexpr", "consteval", "volatile"}, "the function is constexpr"
    )
    for local in facts.locals:
        _check_local(selection, part, local)


def _check_local(selection: Selection, part: _Part, local: Local) -> None:
    inside, used = local.flags & LocalFlag.INSIDE, local.flags & LocalFlag.USED
    behind = local.flags & LocalFlag.AFTER
    if not inside and used:
        writable = not local.flags & LocalFlag.UNWRITABLE
        refuse_unless(writable, f"the type of '{local.name}' is declared in the function")
        constant = local.flags & LocalFlag.CONSTANT
        refuse_unless(not constant, f"the compiler may need the value of '{local.name}'")
        if selection.path.endswith(C_SUFFIXES):
            plain = local.facts & TypeFact.SCALAR and not local.flags & (
                LocalFlag.CHANGED | LocalFlag.SHARED
            )
            refuse_unless(plain, f"'{local.name}' is changed, and C has no references")
    if inside and behind:
        refuse_unless(not local.flags & LocalFlag.STATIC, f"'{local.name}' is static")
    elif local.flags & LocalFlag.TOP and not part.is_last and not part.returns:
        lives = local.facts & TypeFact.TRIVIAL or local.flags & LocalFlag.STATIC
        refuse_unless(lives, f"'{local.name}' would be destroyed before what follows")


def _edits(selection: Selection, part: _Part, function: Function, facts: RegionFacts) -> Edits:
    name = unused_name(NAME, selection.text.data.decode("utf-8", "replace"))
    result, call_head, call_tail = _result(selection, part, function, facts)
    given = [x for x in facts.locals if x.flags & LocalFlag.USED and not x.flags & LocalFlag.INSIDE]
    parameters = ", ".join(_parameter(selection, local) for local in given)
    if not given and selection.path.endswith(C_SUFFIXES):
        parameters = "void"
    is_const = function.flags & FunctionFlag.CONST
    signature = f"{name}({parameters}){' const' if is_const else ''}"
    space = "" if result.endswith(("*", "&")) else " "
    base = selection.indentation(function.span.line)
    body = _body(selection, part, function, facts, base)
    call = f"{call_head}{name}({', '.join(local.name for local in given)});{call_tail}"
    changed = selection.change(Edit(part.span, call))
    scope, declaration = _home(selection, function, f"{result}{space}{signature};", changed)
    prefix = "" if declaration else _specifier(selection, function)
    code = f"{base}{prefix}{result}{space}{scope}{signature} {{\n{body}\n{base}}}\n"
    place = before(selection.text, function.span)
    if selection.text.line(place.line)[: place.column].strip():
        code = code.removeprefix(base)
    changed[selection.path].append(insertion(selection.text, place, code, base))
    return changed


def _result(
    selection: Selection, part: _Part, function: Function, facts: RegionFacts
) -> tuple[str, str, str]:
    """The type that is returned, and what stands before and behind the call."""
    returned = _returned(facts)
    refuse_unless(
        len(returned) < 2,
        "several variables are used behind it: " + ", ".join(local.name for local in returned),
    )
    line = part.span.line
    if part.returns:
        if function.result == "void" or function.kind in (
            NodeKind.CONSTRUCTOR,
            NodeKind.DESTRUCTOR,
        ):
            return "void", "", f"\n{selection.indentation(line)}return;"
        head = selection.text.slice(_head(function)).decode("utf-8", "replace")
        told = is_writable(function.result) and not identifiers(head) & {"auto", "decltype"}
        refuse_unless(told, "what the function returns cannot be written")
        return shortened(function.result, namespace_around(selection)), "return ", ""
    if not returned:
        return "void", "", ""
    (local,) = returned
    type = _without_const(local.type) if local.is_const else local.type
    good = is_writable(type) and not type.endswith("&") and local.facts & TypeFact.MOVABLE
    refuse_unless(
        good and not local.flags & LocalFlag.UNWRITABLE and local.flags & LocalFlag.TOP,
        f"'{local.name}' is used behind it and cannot be returned",
    )
    type = shortened(type, namespace_around(selection))
    const = "const " if local.is_const else ""
    if selection.path.endswith(C_SUFFIXES):
        return type, f"{declared(local.type, local.name)} = ", ""
    return type, f"{const}auto {local.name} = ", ""


def _without_const(type: str) -> str:
    """The same without the ``const`` of the variable itself."""
    return type.removesuffix("const").rstrip() if "*" in type else type.removeprefix("const ")


def _returned(facts: RegionFacts) -> list[Local]:
    both = LocalFlag.INSIDE | LocalFlag.AFTER
    return [local for local in facts.locals if local.flags & both == both]


def _parameter(selection: Selection, local: Local) -> str:
    shared = local.flags & (LocalFlag.CHANGED | LocalFlag.SHARED)
    by_value = local.facts & TypeFact.SCALAR and not shared
    written = shortened(local.type, namespace_around(selection))
    return declared(written, local.name, by_reference=not by_value)


def _body(
    selection: Selection, part: _Part, function: Function, facts: RegionFacts, base: str
) -> str:
    indent = base + selection.step()
    code = reindented(selection.code(part.span), selection.indentation(part.span.line), indent)
    lines = [f"{indent}{code}"]
    if not part.returns:
        lines += [f"{indent}return {local.name};" for local in _returned(facts)]
    return "\n".join(lines)


def _specifier(selection: Selection, function: Function) -> str:
    """What keeps a new function from being one of the whole program."""
    if function.flags & FunctionFlag.MEMBER:
        return "static " if function.flags & FunctionFlag.STATIC else ""
    if selection.path.endswith(C_SUFFIXES) or not selection.path.endswith(HEADERS):
        return "static "
    return "inline "


def _home(
    selection: Selection, function: Function, declaration: str, changed: Edits
) -> tuple[str, bool]:
    """What stands before its name; whether it has been declared elsewhere, which is added to
    ``changed``: in its class, for a method that is defined outside."""
    if not function.flags & FunctionFlag.MEMBER or function.outermost != function.span:
        return "", False
    elsewhere = function.other
    if elsewhere is None:
        raise Refused("the class of the method is not known")
    path = os.fsdecode(elsewhere.path)
    text = selection.snapshot.text(path)
    if text is None or function.name.encode() not in text.slice(elsewhere.span):
        raise Refused(f"{path} is not as it was when it was read")
    place = before(text, elsewhere.span)
    if path != selection.path:
        _check_known(text, text.offset(place), declaration, function)
    static = "static " if function.flags & FunctionFlag.STATIC else ""
    found = re.match(rb"[ \t]*", text.line(elsewhere.span.line))
    indent = found[0].decode() if found is not None else ""
    on_line = not text.line(place.line)[: place.column].strip()
    code = f"{indent if on_line else ''}{static}{declaration}\n"
    edit = Edit(Span(place.line, place.column, place.line, place.column), code)
    changed.setdefault(path, []).append(edit)
    qualifier = qualifier_of(selection, function)
    refuse_unless(qualifier, "the method's class cannot be told from its name")
    return qualifier, True


def _check_known(text: Text, end: int, declaration: str, function: Function) -> None:
    """Raises ``Refused`` when the class's file does not mention what the declaration does."""
    known = identifiers(blanked(text.data[:end]).decode("utf-8", "replace")) | {NAME, "void"}
    types = re.sub(r"(\w+)(?=\s*[,)])", "", declaration)
    missing = identifiers(types) - known - set(scope_names(function)) - _BUILTIN
    missing = {word for word in missing if not word.startswith(NAME)}
    refuse_unless(not missing, f"the class's file does not know {', '.join(sorted(missing))}")


_BUILTIN: Final = set(
    "bool char short int long float double signed unsigned void const volatile wchar_t char8_t "
    "char16_t char32_t struct class enum union".split()
)


def _head(function: Function) -> Span:
    """From its beginning to its body."""
    body = function.body if function.body is not None else function.span
    return Span(function.span.line, function.span.column, body.line, body.column)


def _offset(text: Text, node: Node) -> tuple[int, int]:
    return text.offset(start_of(node.span)), text.offset(end_of(node.span))
