"""EventBridge's event patterns, a language that Lambda's event filtering shares.

- `syntax.py` reads a pattern; `matching.py` says whether an event matches it
- `mapping_filters.py`: FilterCriteria of an event source mapping
"""
