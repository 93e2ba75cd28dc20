"""Reserved and provisioned concurrency, and the account's numbers.

- `operations.py`: the operations
"""
