"""The hooks that MkDocs calls while it builds the site, in the order in which it calls them.

Each does one thing and leaves the work to the module that knows it. What is wrong is logged as a warning, which a
strict build turns into a failure: no page of the course is published with a hole in it.
"""

from __future__ import annotations

import logging
import re
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import markdown
from mkdocs.exceptions import PluginError
from mkdocs.plugins import CombinedEvent, event_priority
from mkdocs.structure.files import File, InclusionLevel

ROOT = Path(__file__).parents[2]
if str(ROOT) not in sys.path:  # the `mkdocs` command, unlike `python -m mkdocs`, does not look here
    sys.path.insert(0, str(ROOT))

from tools.site import assets, course, facts, frontmatter, notebook, sources  # noqa: E402
from tools.site.extension import LabExtension  # noqa: E402

if TYPE_CHECKING:
    from jinja2 import Environment
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

log = logging.getLogger("mkdocs.hooks.course")


class _Build:
    """What one build knows; made anew by on_config, so that `mkdocs serve` starts clean each time."""

    def __init__(self, config: MkDocsConfig) -> None:
        self.root = Path(config.config_file_path).parent
        self.extension = LabExtension()
        self.facts = facts.load(self.root / "facts.toml")
        self.runner = assets.runner_source()
        self.parts: list[course.Part] = []
        self.notebooks: dict[str, notebook.Notebook] = {}  # by path below notebooks/
        self.embedded_in: dict[str, str] = {}  # the same path → the chapter's path
        self.cells: dict[str, str] = {}  # the current page's cell ids → the notebook each comes from


build: _Build


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Reads what every page needs, and lets our extension into the Markdown pipeline."""
    global build
    try:
        build = _Build(config)
    except (facts.FactError, assets.AssetError, OSError) as problem:
        raise PluginError(str(problem)) from problem
    config.markdown_extensions.append(build.extension)
    return config


@event_priority(100)  # before mkdocs-jupyter, which must see the notebooks
def _bring_in_notebooks(files: Files, config: MkDocsConfig) -> Files:
    """Brings in notebooks/, which lies outside docs/, and makes the navigation of what is written."""
    for path in sorted((build.root / "notebooks").rglob("*.ipynb")):
        if any(part.startswith(".") for part in path.relative_to(build.root).parts):
            continue
        name = path.relative_to(build.root / "notebooks").as_posix()
        try:
            build.notebooks[name] = notebook.load(path, name)
        except notebook.NotebookError as problem:
            log.warning(str(problem))
            continue
        files.append(
            File(
                f"notebooks/{name}",
                src_dir=str(build.root),
                dest_dir=config.site_dir,
                use_directory_urls=config.use_directory_urls,
            )
        )
    pages = {file.src_uri for file in files.documentation_pages()}
    for page in sorted(pages):
        for embedded in notebook.embeds((Path(config.docs_dir) / page).read_text(encoding="utf-8")):
            build.embedded_in.setdefault(embedded, page)
    build.parts = course.parts(config.extra["course"], pages)
    for chapter in course.unlisted(build.parts, pages):
        log.warning(f"docs/{chapter} is not in the table of contents: name it under extra.course in mkdocs.yml.")
    config.nav = course.navigation(build.parts, config.extra["reference"])
    return files


@event_priority(-100)  # after mkdocs-jupyter has wrapped them in a class of its own
def _keep_out_of_nav(files: Files, config: MkDocsConfig) -> Files:
    """A notebook's page is reached from its chapter, not from the navigation."""
    for file in files:
        if file.src_uri.endswith(".ipynb"):
            file.inclusion = InclusionLevel.NOT_IN_NAV
    return files


on_files = CombinedEvent(_bring_in_notebooks, _keep_out_of_nav)


def on_env(env: Environment, config: MkDocsConfig, files: Files) -> Environment:
    """Names that the templates use, and the files that the names stand for."""
    style_name, style = assets.stylesheet()
    script_name, script = assets.script()
    files.append(File.generated(config, f"assets/{style_name}", content=style))
    files.append(File.generated(config, f"assets/{script_name}", content=script))
    env.globals.update(
        lab_theme_style=assets.theme_style(),
        lab_style=f"assets/{style_name}",
        lab_script=f"assets/{script_name}",
        lab_runner=f"assets/{build.runner.name}/runner.js",
        lab_parts=build.parts,
    )
    return env


@event_priority(-100)  # after mkdocs-jupyter has put its own renderer in place of MkDocs's
def on_pre_page(page: Page, config: MkDocsConfig, files: Files) -> Page:
    """A notebook is rendered as Markdown, like any page, not by nbconvert."""
    if page.file.src_uri.endswith(".ipynb"):
        page.__dict__.pop("render", None)
    return page


def on_page_read_source(page: Page, config: MkDocsConfig) -> str | None:
    """A notebook's source is its Markdown (see notebook.py)."""
    build.extension.page = page.file.src_uri
    build.extension.fragments = {}
    build.extension.home = {}
    build.cells = {}
    if not page.file.src_uri.endswith(".ipynb"):
        return None
    return _rendered(page, _name(page), embedded=False)


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Facts and notebooks come into the text; the front matter is checked and made ready for the template."""
    path = page.file.src_uri
    if path.endswith(".ipynb"):
        _notebook_meta(page)
        return markdown
    if course.is_chapter(path):
        for sentence in frontmatter.problems(path, page.meta):
            log.warning(sentence)
    page.lab = _chapter_box(page) if "objectives" in page.meta else None
    lines = []
    for prose, line in notebook.outside_fences(markdown):
        if prose and (embed := notebook.EMBED.match(line)):
            if embed["name"] in build.notebooks:
                lines += ["", _rendered(page, embed["name"], embedded=True), ""]
            else:
                log.warning(f"docs/{path} embeds notebooks/{embed['name']}, which does not exist.")
        elif prose and line.strip() == "[[facts]]":
            lines.append(facts.table(build.facts.values()))
        elif prose and line.strip() == "[[event-sources]]":
            lines.append(_event_sources())
        elif prose and line.strip() == "[[abbreviations]]":
            lines.append(_abbreviations())
        else:
            lines.append(_filled(line, path) if prose else line)
    return "\n".join(lines)


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Each cell must have come through, once; MkDocs is told their anchors, which it cannot see in finished HTML."""
    for cell in build.cells:
        if html.count(f'id="{cell}"') != 1:
            log.warning(
                f"{page.file.src_uri}: “{cell}” appears {html.count(chr(34) + cell + chr(34))} times in the page. "
                "Is a code fence left open above it, or does a heading have the same id?"
            )
    if page.present_anchor_ids is not None:
        page.present_anchor_ids |= set(build.cells)
    return html


def on_post_build(config: MkDocsConfig) -> None:
    """The runner goes beside the pages; MkDocs's own palette styles, which nothing loads, go away."""
    site = Path(config.site_dir)
    assets.copy_runner(build.runner, site)
    for unused in {*site.glob("assets/stylesheets/palette.*"), *site.rglob("*.map")}:
        unused.unlink(missing_ok=True)
    shutil.rmtree(site / "assets/javascripts/lunr", ignore_errors=True)


def _name(page: Page) -> str:
    return str(page.file.src_uri).removeprefix("notebooks/")


def _rendered(page: Page, name: str, *, embedded: bool) -> str:
    """A notebook's Markdown; its fragments are left with the extension."""
    up = "../" * page.file.dest_uri.count("/")
    book = build.notebooks[name]
    rendered = notebook.render(
        book, embedded=embedded, runner=f"{up}assets/{build.runner.name}/", key=f"n{len(build.extension.home)}"
    )
    for cell in book.cells:
        for what in facts.mentioned(cell.source, build.facts)[1] if cell.kind == "markdown" else ():
            log.warning(f"notebooks/{name}: the cell “{cell.id}” {what}.")
    prose, _ = facts.mentioned(rendered.markdown, build.facts)
    build.extension.fragments.update(rendered.fragments)
    build.extension.home[next(iter(rendered.fragments.values()))] = f"notebooks/{name}"
    for cell in book.cells:
        if cell.kind == "code" and cell.source.strip():
            if other := build.cells.get(f"cell-{cell.id}"):
                log.warning(f"{page.file.src_uri}: the cell id “{cell.id}” occurs twice ({other}, {name}). Rename one.")
            build.cells[f"cell-{cell.id}"] = name
    if "{{ fact." in prose:
        log.warning(f"notebooks/{name} uses {{{{ fact.… }}}}, which Jupyter cannot fill in: see docs/contributing.md.")
    return prose


def _notebook_meta(page: Page) -> None:
    name = _name(page)
    chapter = build.embedded_in.get(name)
    page.meta["title"] = build.notebooks[name].title
    page.meta["notebook"] = name
    page.meta["chapter"] = chapter
    if chapter:
        # Its text is found in the chapter; twice in the results would be once too often.
        page.meta["search"] = {"exclude": True}
    page.lab = None


def _chapter_box(page: Page) -> dict[str, Any]:
    """The front matter as the template prints it: inline Markdown turned into HTML."""
    meta = page.meta
    return {
        "objectives": [_inline(str(item), page) for item in meta["objectives"] or []],
        "minutes": meta.get("minutes"),
        "runs": [frontmatter.PLACES[place] for place in meta.get("runs") or [] if place in frontmatter.PLACES],
        "cost": _inline(str(meta.get("cost", "")), page),
    }


def _inline(text: str, page: Page) -> str:
    html = markdown.markdown(_filled(text, page.file.src_uri), extensions=["smarty"])
    return re.sub(r"^<p>|</p>$", "", html)


def _filled(text: str, path: str) -> str:
    text, unknown = facts.fill(text, build.facts)
    for name in unknown:
        log.warning(f"docs/{path} uses {{{{ fact.{name} }}}}, but facts.toml has no [{name}].")
    return text


def _event_sources() -> str:
    try:
        return sources.page(sources.shown(ROOT / "tests"))
    except sources.SourceError as problem:
        log.warning(str(problem))
        return ""


def _abbreviations() -> str:
    """The glossary's list of acronyms, from the very file that makes them show on hover."""
    lines = (build.root / "includes/abbreviations.md").read_text(encoding="utf-8").splitlines()
    found = (re.match(r"\*\[(.+?)\]: (.+)", line) for line in lines)
    return "\n\n".join(f"{match[1]}\n:   {match[2]}" for match in found if match)
