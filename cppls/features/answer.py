"""What a feature answers: its findings, whether there are more, and why there are none.

An empty list alone would leave the user guessing whether nothing is there or nothing is known
yet; so an answer without items always says why.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from cppls.core.model import Span

T = TypeVar("T")


class Reason(enum.Enum):
    """Why an answer is empty."""

    NO_TOKEN = "no_token"
    """The position is on white space, a literal, punctuation: nothing to ask about."""
    NOT_INDEXED = "not_indexed"
    """The file is neither parsed nor indexed yet: ask again later."""
    FAILED = "failed"
    """The file's flags or content do not parse, so that little can be known of it."""
    UNKNOWN = "unknown"
    """The file is known, and its token names nothing that was found."""
    REFUSED = "refused"
    """It could be done, but not without harm or doubt."""
    NO_RESULT = "no_result"
    """The symbol is known; it has none of what was asked for."""


@dataclass(frozen=True, slots=True)
class Absence:
    """Why there is nothing, in a sentence for the user."""

    reason: Reason
    message: str


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """Findings, best or first ones first.

    ``more``: the limit cut some off. ``token``: the range in the asked file that the answer is
    about, where known. ``absence`` is set exactly when ``items`` is empty.
    """

    items: list[T] = field(default_factory=list[T])
    more: bool = False
    token: Span | None = None
    absence: Absence | None = None
