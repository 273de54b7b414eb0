"""The few SVG elements a plot needs, as text. Knows nothing of memory.

Colours are chosen to be read on white and on black alike, for the background is left open; the
neutral grey has a contrast of 4 and more with both.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal
from xml.sax.saxutils import escape, quoteattr

INK: Final = "#7a828e"
FONT: Final = "system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif"
Anchor = Literal["start", "middle", "end"]


@dataclass(frozen=True)
class Scale:
    """Data to pixels, linearly."""

    low: float
    high: float
    start: float
    """Pixel of ``low``."""
    end: float

    def __call__(self, value: float) -> float:
        """The pixel of a value."""
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)

    def ticks(self, about: int, steps: Sequence[float]) -> list[float]:
        """Round values inside: multiples of the smallest of ``steps`` that gives few enough."""
        span = self.high - self.low
        step = next((each for each in steps if span / each <= about), steps[-1])
        first = -int(-self.low // step)
        return [step * n for n in range(first, int(self.high // step) + 1)]


def document(width: float, height: float, description: str, parts: Iterable[str]) -> str:
    """A whole file; ``description`` is read out to those who cannot see it."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" '
        f'width="{width:g}" height="{height:g}" role="img" font-family="{FONT}" '
        f'font-size="12" fill="{INK}">\n<title>{escape(description)}</title>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def text(
    x: float, y: float, content: str, *, anchor: Anchor = "start", fill: str = INK,
    size: float = 12, bold: bool = False,
) -> str:  # fmt: skip
    """A line of text with its baseline at ``y``."""
    weight = ' font-weight="600"' if bold else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{fill}" '
        f'font-size="{size:g}"{weight}>{escape(content)}</text>'
    )


def text_width(content: str, size: float = 12) -> float:
    """Pixels, roughly: the font is the reader's."""
    return 0.56 * size * len(content)


def box(x: float, y: float, width: float, height: float, fill: str, opacity: float = 1) -> str:
    """A filled rectangle."""
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" '
        f'fill="{fill}" fill-opacity="{opacity:g}"/>'
    )


def line(
    points: Sequence[tuple[float, float]], stroke: str, *, width: float = 1, dash: str = "",
    opacity: float = 1,
) -> str:  # fmt: skip
    """Points joined by straight lines."""
    dashes = f" stroke-dasharray={quoteattr(dash)}" if dash else ""
    return (
        f'<path d="{_path(points)}" fill="none" stroke="{stroke}" stroke-width="{width:g}" '
        f'stroke-opacity="{opacity:g}" stroke-linejoin="round"{dashes}/>'
    )


def area(
    upper: Sequence[tuple[float, float]], lower: Sequence[tuple[float, float]], fill: str,
    opacity: float = 1,
) -> str:  # fmt: skip
    """What lies between two lines over the same ``x``."""
    outline = _path([*upper, *reversed(lower)])
    return f'<path d="{outline}Z" fill="{fill}" fill-opacity="{opacity:g}"/>'


def dot(x: float, y: float, fill: str, radius: float = 3) -> str:
    """A filled circle."""
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}" fill="{fill}"/>'


def _path(points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) if points else ""
