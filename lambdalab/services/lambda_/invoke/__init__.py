"""Running functions: synchronously, asynchronously, and as a stream.

- `invoke.py`: the Invoke operation; `payload.py`: the event and the client context, checked
- `invocation.py`: the one way to a function, for every caller
- `asynchronous.py`: how an event gets into the queue
- `event_configuration.py`, `dead_letter.py`: how a function's events are treated: retries, destinations
- `streaming.py`: InvokeWithResponseStream
- `recursion.py`: whether a function may call itself in a recursive loop
"""
