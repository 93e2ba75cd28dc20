"""The few shapes that the pictures are made of.

Plain SVG that stands in the page and in Jupyter alike: no script, no id (two pictures in one page cannot clash), and
colours as CSS variables of the page, each with a fallback. The picture paints its own background, so that it reads
well where nobody sets the variables, in a light notebook and in a dark one.
"""

from __future__ import annotations

from html import escape

COLOURS = {
    "bg": "#fdfcf9",
    "bg-soft": "#f5f2ea",
    "border": "#dcd6c8",
    "border-strong": "#8b8678",
    "text": "#22252c",
    "muted": "#575b65",
    "accent": "#0b5c74",
    "accent-soft": "#e2eff2",
    "warm": "#9a4600",
    "warm-soft": "#fbeedd",
    "error": "#ab231c",
    "error-soft": "#fbe9e6",
}
"""The page's variables, --lab-…, with the fallbacks of its light scheme."""

FONT = "system-ui,'Segoe UI','Noto Sans','Liberation Sans',sans-serif"


def colour(name: str) -> str:
    """A colour of the page, or its fallback."""
    return f"var(--lab-{name},{COLOURS[name]})"


def box(x: float, y: float, width: float, height: float, fill: str, stroke: str, *, dashed: bool = False) -> str:
    """A rectangle with rounded corners."""
    style = f"fill:{colour(fill)};stroke:{colour(stroke)}" + (";stroke-dasharray:4 3" if dashed else "")
    return f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="5" style="{style}"/>'


def line(x1: float, y1: float, x2: float, y2: float, stroke: str, *, dashed: bool = False, width: float = 1) -> str:
    """A straight line."""
    style = f"stroke:{colour(stroke)};stroke-width:{width:g}" + (";stroke-dasharray:2 5" if dashed else "")
    return f'<line x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}" style="{style}"/>'


def text(x: float, y: float, words: str, fill: str = "text", *, anchor: str = "start", bold: bool = False) -> str:
    """One line of text; `y` is its baseline."""
    weight = ' font-weight="600"' if bold else ""
    return (
        f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}"{weight} style="fill:{colour(fill)}">{escape(words)}</text>'
    )


def path(d: str, stroke: str, *, dash: str = "", width: float = 1) -> str:
    """A line along a path, as SVG writes it."""
    style = f"fill:none;stroke:{colour(stroke)};stroke-width:{width:g}" + (f";stroke-dasharray:{dash}" if dash else "")
    return f'<path d="{d}" style="{style}"/>'


def shape(points: list[tuple[float, float]], stroke: str, fill: str) -> str:
    """A closed shape with straight sides."""
    corners = " ".join(f"{x:g},{y:g}" for x, y in points)
    return f'<polygon points="{corners}" style="fill:{colour(fill)};stroke:{colour(stroke)};stroke-width:1.2"/>'


def dot(x: float, y: float, radius: float, stroke: str, fill: str) -> str:
    """A circle."""
    style = f"fill:{colour(fill)};stroke:{colour(stroke)};stroke-width:1.6"
    return f'<circle cx="{x:g}" cy="{y:g}" r="{radius:g}" style="{style}"/>'


def picture(
    width: float, height: float, title: str, description: str, shapes: list[str], *, shrinks_to: float = 0.72
) -> str:
    """A whole picture. It shrinks to its column, but not below `shrinks_to` of its size: then its box scrolls."""
    smallest = width * shrinks_to
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" '
            f'height="{height:g}" role="img" font-family="{FONT}" font-size="13" '
            f'style="min-width:{smallest:.0f}px;height:auto">',
            f"<title>{escape(title)}</title>",
            f"<desc>{escape(description)}</desc>",
            f'<rect width="{width:g}" height="{height:g}" rx="6" style="fill:{colour("bg")}"/>',
            *shapes,
            "</svg>",
        ]
    )
