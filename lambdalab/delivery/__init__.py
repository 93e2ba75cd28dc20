"""How events reach functions: asynchronous invocation, polling, and services that invoke.

- `invocation.py`: why Lambda refuses to run a function: the refusals that all callers share
- `asynchronous.py`: InvocationType=Event: the queue, the retries, and where events end
- `polled/`: event source mappings: batches read from queues and streams
- `service_invocation.py`: a service invokes a function, and waits for the answer or not
- `integration_timeout.py`: how long a service waits for a function
- `destinations.py`: where records of ended events are sent; `records.py`: what they look like
- `recursion.py`: Lambda's recursive loop detection
- `quiescence.py`: waits until nothing is queued or running
- `events.py`: what happens to events on their way, as typed events
- `event_json.py`: the JSON text of an event

This package knows the engine's outcomes and the lab's clock. Functions, queues and topics come in through small
interfaces, which the rooms of `lambdalab.services` implement.
"""
