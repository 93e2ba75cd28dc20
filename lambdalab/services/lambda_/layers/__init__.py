"""Layer versions, and the layers of a function.

- `operations.py`: publishing, listing, deleting; what a function keeps
"""
