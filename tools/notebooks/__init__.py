"""Notebooks: `python -m tools.notebooks` runs them and stores their outputs; the tests use the same parts.

kernel    the surroundings in which every stored output is made, and compared
execute   runs one notebook and merges the fresh outputs into it
sanitize  what of an output is compared; sanitize.cfg: what differs in every run
rules     what a notebook in this repository must be
"""
