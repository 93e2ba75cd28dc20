"""The program that stands for AWS: a lab that takes any credentials, and a door by which time passes in it.

It prints the lab's address and the door's port. Who sends a number of seconds through the door gets an answer when so
much time has passed in there, and nothing runs any more: what is on its way on AWS for some seconds has arrived. Who
sends "empty" gets an answer when the account is one in which nothing has ever been.
"""

from __future__ import annotations

import signal
import socket
import threading

from lambdalab.lab import Lab


def main() -> None:
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    with socket.create_server(("127.0.0.1", 0)) as door, Lab(any_credentials=True) as lab:
        print(lab.endpoint_url, door.getsockname()[1], flush=True)
        threading.Thread(target=serve, args=(door, lab), daemon=True).start()
        ended.wait()


def serve(door: socket.socket, lab: Lab) -> None:
    while True:
        visitor, _ = door.accept()
        with visitor:
            try:
                obey(visitor.recv(64).decode(), lab)
            except Exception as problem:
                visitor.sendall(repr(problem).encode())
            else:
                visitor.sendall(b"done")


def obey(word: str, lab: Lab) -> None:
    if word == "empty":
        lab.reset()
        lab.clock._added = 0.0  # nothing is left that could see time run backwards
        return
    lab.settle()
    lab.clock.advance(seconds=float(word))
    lab.settle()


def let_pass(port: str, seconds: float) -> None:
    """From the other side: let time pass in there, and none here."""
    _say(port, str(seconds))


def empty(port: str) -> None:
    """From the other side: a server takes seconds to start, and milliseconds to be empty again."""
    _say(port, "empty")


def _say(port: str, word: str) -> None:
    with socket.create_connection(("127.0.0.1", int(port))) as door:
        door.sendall(word.encode())
        assert (answer := door.recv(1024)) == b"done", answer


if __name__ == "__main__":
    main()
