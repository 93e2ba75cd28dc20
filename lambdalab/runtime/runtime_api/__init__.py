"""The Lambda Runtime API and the Extensions API, as a runtime and its extensions see them.

- `protocol.py`: the Runtime API, a state machine without I/O; `extensions.py`: the Extensions API, likewise
- `wire.py`: HTTP/1.1 over one socket, for the server side
- `peer_credentials.py`: whose program is at the other end of a connection
"""
