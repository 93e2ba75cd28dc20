"""Tests of the site: its rendering, its links, its weight, how it looks and how it is served."""
