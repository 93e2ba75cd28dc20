"""Event source mappings: Create-, Get-, List-, Update- and DeleteEventSourceMapping, and what then polls.

- `operations.py`: the five operations
- `checks.py`: what a mapping may say, by its source, and what its function's role must allow
- `stored.py`: a mapping as it is kept and shown
- `pollers.py`: the poller of a mapping; `role.py`: with whose permissions it reads

moto keeps the mappings, with an object of ours at each; what moto invokes for them itself is switched off in the rooms
of the sources.
"""
