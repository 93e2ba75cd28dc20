"""The files a page needs beside its HTML: one stylesheet, one small script, and the runner's folders.

Names carry a hash of their content, so that a browser may keep them for ever and never has a stale one.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from pathlib import Path

import material

ROOT = Path(__file__).parents[2]
STYLES = (
    *(ROOT / "theme/css" / name for name in ("tokens.css", "frame.css", "prose.css", "cells.css", "home.css")),
    ROOT / "theme/runner/runner.css",
)
SCRIPT = ROOT / "theme/js/site.js"


class AssetError(RuntimeError):
    """Something that must be built first is missing."""


def stylesheet() -> tuple[str, str]:
    """(file name, CSS): all of our styles in one file, in the order in which they build on each other."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in STYLES if path.exists())
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    text = re.sub(r"\n\s*", "\n", text).strip() + "\n"
    return f"site-{_digest(text)}.css", text


def theme_style() -> str:
    """The theme's stylesheet as the pages name it; its name holds the theme's own hash."""
    styles = Path(material.__file__).parent / "templates/assets/stylesheets"
    return f"assets/stylesheets/{next(styles.glob('main.*.min.css')).name}"


def script() -> tuple[str, str]:
    """(file name, JavaScript) of the site's own small script."""
    text = SCRIPT.read_text(encoding="utf-8")
    return f"site-{_digest(text)}.js", text


def runner_source() -> Path:
    """The built runner; tests may name another directory in LAB_RUNNER."""
    if given := os.environ.get("LAB_RUNNER"):
        directory = Path(given)
    else:
        from tools.browser.bundle import built

        directory = built().runner
    if not (directory / "runner.js").is_file():
        raise AssetError(f"The in-page runner is not built: {directory.name} is missing. `make site` builds it.")
    return directory


def copy_runner(source: Path, site: Path) -> None:
    """Puts the runner, and the Python that lies beside it, into the built site; removes those of earlier builds."""
    assets = site / "assets"
    new = [source, *source.parent.glob("python-*")]
    for old in {*assets.glob("runner-*"), *assets.glob("python-*")}:
        if old.name not in {folder.name for folder in new}:
            shutil.rmtree(old)
    for folder in new:
        shutil.copytree(folder, assets / folder.name, dirs_exist_ok=True)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:10]
