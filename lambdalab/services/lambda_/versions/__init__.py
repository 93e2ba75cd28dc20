"""Versions and aliases.

- `versions.py`: create, update, publish, list and delete; what a qualifier means
- `aliases.py`: aliases and their weights
"""
