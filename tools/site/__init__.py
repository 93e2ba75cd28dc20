"""How the site is made.

MkDocs reads `mkdocs.yml`, which names `hooks.py`; everything else here is called from it, or is a command of its own:

- `notebook.py`, `cells.py`   a notebook becomes Markdown with its code cells as finished HTML
- `extension.py`              lets those cells into Python-Markdown, and makes links between docs/ and notebooks/ work
- `course.py`, `frontmatter.py`   what the chapters are, and what each must say about itself
- `facts.py`                  the dated facts (`python -m tools.site.facts --check`)
- `sources.py`                what event sources do, read from the marks of tests
- `assets.py`                 stylesheet, small script, runner
- `links.py`                  the check over the built pages (`python -m tools.site.links site`)
"""
