"""Event source mappings: Create-, Get-, List-, Update- and DeleteEventSourceMapping, and what starts to poll then.

- `operations.py`: the five operations
- `sources.py`: the event source that an ARN belongs to; what is special about it is in the room of its service
- `settings.py`: the settings in a request; `checks.py`: what the function, its role and the destination must allow
- `stored.py`: a mapping as it is stored and shown
- `pollers.py`: the poller of a mapping; `role.py`: with whose permissions it reads

moto stores the mappings, each with an object of the lab's. What moto invokes for them by itself is switched off in the
rooms of the sources.
"""
