"""Builds what a page needs to run Python in the reader's browser: `python -m tools.browser.bundle`."""
