"""EventBridge's event patterns, a language that Lambda's event filtering shares.

- `syntax.py` parses a pattern; `matching.py` compares an event with it
- `mapping_filters.py`: FilterCriteria of an event source mapping
"""
