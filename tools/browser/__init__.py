"""Builds what a page needs to run Python in the reader's browser: `python -m tools.browser.bundle`.

bundle    the two folders, and when each part is built again
packages  the slim site-packages
contents  what goes into both, as tables
rpds      in place of a compiled package that jsonschema needs
"""
