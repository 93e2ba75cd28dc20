"""Holds IPython's own pretty printer."""
