"""`from IPython.display import …`, as far as cells use it. `page_kernel` turns the objects into outputs."""

from __future__ import annotations

import html
from typing import Any


class DisplayObject:
    """Data with the MIME type that the subclass stands for."""

    def __init__(self, data: Any = None, **metadata: object) -> None:
        self.data = data
        self.metadata = metadata

    def __repr__(self) -> str:
        return f"<IPython.core.display.{type(self).__name__} object>"


class HTML(DisplayObject):
    """A piece of HTML. Scripts in it do not run."""

    def _repr_html_(self) -> str:
        return str(self.data)


class SVG(DisplayObject):
    """A picture as SVG source."""

    def _repr_svg_(self) -> str:
        return self.data.decode() if isinstance(self.data, bytes) else str(self.data)


class Markdown(DisplayObject):
    """A text in Markdown."""

    def _repr_markdown_(self) -> str:
        return str(self.data)


class JSON(DisplayObject):
    """A value that JSON can hold."""

    def _repr_json_(self) -> Any:
        return self.data


class Pretty(DisplayObject):
    """A plain text, shown as it is."""

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(str(self.data))


class Code(DisplayObject):
    """Source code, shown as it is."""

    def _repr_html_(self) -> str:
        return f"<pre><code>{html.escape(str(self.data))}</code></pre>"


def display(*objects: Any, **options: Any) -> None:
    """Show each object below the cell that runs."""
    import page_kernel

    for item in objects:
        page_kernel.current().display(item)


def clear_output(wait: bool = False) -> None:
    """Remove what the cell has shown so far."""
    import page_kernel

    page_kernel.current().clear()
